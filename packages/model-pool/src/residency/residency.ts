import { chooseActions } from '../decisions/deciders.js';
import type { NewDecision } from '../decisions/decision-log.js';
import type { BackendMonitor } from '../health/backend-monitor.js';
import type { SpeedJudge } from '../health/speed-judge.js';
import type { MemoryGuard } from '../memory/memory-guard.js';
import type { StrangerWatch } from '../memory/stranger-watch.js';
import type { Clock, Logger } from '../types.js';
import { pause } from '../waiting/pause.js';
import { chooseResidency, type ResidencyAction } from './desired.js';
import type { ResidencyReader } from './residency-reader.js';
import type { ModelRuntime } from './runtime.js';
import type { Turns } from './turns.js';

/** What residency is made of. */
export interface ResidencyParts {
  /** Servers. */
  readonly monitors: ReadonlyMap<string, BackendMonitor>;
  /** Models. */
  readonly runtimes: ReadonlyMap<string, ModelRuntime>;
  /** Who is in memory. */
  readonly reader: ResidencyReader;
  /** Who takes turns. */
  readonly turns: Turns;
  /** The memory. */
  readonly guard: MemoryGuard;
  /** Who is too slow. */
  readonly judge: SpeedJudge;
  /** What others hold. */
  readonly strangers: StrangerWatch;
  /** Logs a decision. */
  readonly decide: (decision: NewDecision) => void;
  /** For how long a load waits for one that comes first, ms. */
  readonly firstMs: number;
  /** Time. */
  readonly clock: Clock;
  /** Log lines. */
  readonly logger: Logger;
}

/** Does something about the difference between who should be in memory and who is. */
export class Residency {
  readonly #parts: ResidencyParts;
  #told = '';

  constructor(parts: ResidencyParts) {
    this.#parts = parts;
  }

  /** One round: looks at all servers and acts; loads go on in the background. Resolves with whether all is as it should be. */
  async look(signal: AbortSignal): Promise<boolean> {
    const { monitors, judge, strangers, guard, turns, logger } = this.#parts;
    const looks = await Promise.allSettled([...monitors.values()].map((monitor) => monitor.look(signal)));
    for (const look of looks)
      if (look.status === 'rejected') logger.debug({ error: look.reason }, 'a server does not answer');
    if (signal.aborted) return true;
    judge.judge();
    this.#choose(signal);
    const actions = this.#act(signal);
    const memory = guard.status();
    const canKeepLarger = !memory.isExceeded && turns.review().fits !== false;
    for (const runtime of this.#parts.runtimes.values())
      if (runtime.checkDrift(canKeepLarger)) this.#follow(runtime.reload('drift', signal), runtime, 'reload', signal);
    strangers.look(memory);
    return actions.length === 0 && [...monitors.values()].every(({ isUp }) => isUp);
  }

  /** Lets the models that stay be loaded before one on demand of the same server, as after a restart of it. */
  async restoreFirst(runtime: ModelRuntime, signal: AbortSignal): Promise<void> {
    if (runtime.isPinned || !runtime.isManaged) return;
    const { clock, firstMs, reader, runtimes } = this.#parts;
    const wanted = new Set(
      chooseResidency(reader.snapshot())
        .filter(({ action }) => action === 'preload')
        .map(({ name }) => name),
    );
    const first = [...runtimes.values()].filter(
      (other) =>
        other.backend === runtime.backend &&
        other !== runtime &&
        (wanted.has(other.name) || (other.isPinned && other.state === 'loading')),
    );
    if (first.length === 0) return;
    const limit = new AbortController();
    const joined = AbortSignal.any([signal, limit.signal]);
    const late = pause(clock, firstMs, joined).catch(() => {});
    await Promise.race([Promise.allSettled(first.map((other) => other.ensureReady(joined))), late]);
    limit.abort(new Error('what waited for it goes on'));
    signal.throwIfAborted();
  }

  /** A candidate that its role does not take stays no longer than any other model. */
  #choose(signal: AbortSignal): void {
    const { runtimes, reader } = this.#parts;
    const groups = reader.groups().map((names) => ({ names, chosen: reader.chosen(names) }));
    for (const runtime of runtimes.values()) {
      const own = groups.filter(({ names }) => names.includes(runtime.name));
      if (own.length === 0) continue;
      const wasPinned = runtime.isPinned;
      runtime.choose(own.some(({ chosen }) => chosen === null || chosen === runtime.name));
      if (wasPinned && !runtime.isPinned) this.#follow(runtime.renew(signal), runtime, 'renew', signal);
    }
  }

  #act(signal: AbortSignal): readonly ResidencyAction[] {
    const { reader, runtimes, decide } = this.#parts;
    const snapshot = reader.snapshot();
    const actions = chooseResidency(snapshot);
    const told = actions.map(({ action, name, reason }) => `${action} ${name} ${reason}`).join(', ');
    const isNew = told !== this.#told;
    this.#told = told;
    if (isNew && told !== '')
      decide({ kind: 'residency', requestId: null, callId: null, inputs: snapshot, ...chooseActions(snapshot) });
    for (const { name, action } of actions) {
      const runtime = runtimes.get(name);
      if (runtime === undefined || action === 'wait') continue;
      const done = action === 'preload' ? runtime.ensureReady(signal) : runtime.renew(signal);
      this.#follow(done, runtime, action, signal, isNew);
    }
    return actions;
  }

  #follow(done: Promise<unknown>, { name }: ModelRuntime, action: string, signal: AbortSignal, isNew = true): void {
    done.then(
      () => {},
      (error: unknown) => {
        if (signal.aborted) return;
        // The same failure each round is told once.
        this.#parts.logger[isNew ? 'warn' : 'debug']({ model: name, action, error }, 'residency was not restored');
      },
    );
  }
}
