import type { DecisionLog } from '../decisions/decision-log.js';
import type { PoolEvent } from '../events.js';
import type { BackendMonitor } from '../health/backend-monitor.js';
import type { LaneQueue } from '../lanes/lane-queue.js';
import type { TimerOptions } from '../options.js';
import type { ResidencyLoop } from '../residency/residency-loop.js';
import type { ModelRuntime } from '../residency/runtime.js';
import type { Configuration } from '../roles/configuration.js';
import type { CallGate, Clock, Id, Logger, Role } from '../types.js';

/** The parts of a pool that a call works with. */
export interface PoolParts {
  /** Checked options. */
  readonly configuration: Configuration;
  /** Models by name. */
  readonly runtimes: ReadonlyMap<string, ModelRuntime>;
  /** Servers by name. */
  readonly monitors: ReadonlyMap<string, BackendMonitor>;
  /** Who goes next. */
  readonly lanes: LaneQueue;
  /** Decisions. */
  readonly decisions: DecisionLog;
  /** Residency. */
  readonly loop: ResidencyLoop;
  /** Names of the models of a role, the one to prefer first; a model that turned out too slow stands last. */
  readonly candidates: (role: Role) => readonly string[];
  /** Name of the model that answers a role's calls while the memory of its own model is needed; `null` = its own one does. */
  readonly standIn: (role: Role) => string | null;
  /** Counts and refuses. */
  readonly gate: CallGate | null;
  /** What the gate still counts of calls that ended before it answered; each leaves once it is settled. */
  readonly lateSettles: Set<Promise<void>>;
  /** Limits of waiting. */
  readonly timers: Required<{ [Key in keyof TimerOptions]: number }>;
  /** Time. */
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** Ids. */
  readonly createId: () => Id;
  /** Tokens of a prompt. */
  readonly countTokens: (text: string) => number;
  /** Tokens of an answer that its server did not count; 0 = its pieces are the better guess. */
  readonly countAnswer: (text: string) => number;
  /** Log lines. */
  readonly logger: Logger;
  /** Aborted once the pool closes: loads that no call waits for end. */
  readonly closing: AbortSignal;
  /** Sends an event to every subscriber. */
  readonly emit: (event: PoolEvent) => void;
}
