import type { DecisionLog } from '../decisions/decision-log.js';
import type { PoolEvent } from '../events.js';
import type { BackendMonitor } from '../health/backend-monitor.js';
import type { LaneQueue } from '../lanes/lane-queue.js';
import type { TimerOptions } from '../options.js';
import type { ResidencyLoop } from '../residency/residency-loop.js';
import type { ModelRuntime } from '../residency/runtime.js';
import type { Configuration } from '../roles/configuration.js';
import type { CallGate, Clock, Id, Logger } from '../types.js';

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
  /** Counts and refuses. */
  readonly gate: CallGate | null;
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
  /** Sends an event to every subscriber. */
  readonly emit: (event: PoolEvent) => void;
}
