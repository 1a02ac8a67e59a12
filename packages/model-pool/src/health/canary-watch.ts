import type { PoolEvent } from '../events.js';
import type { ModelRuntime } from '../residency/runtime.js';
import type { CanaryResult } from '../status.js';
import type { Clock, Logger } from '../types.js';
import { isCanaryDue } from './canary.js';

/** What a watch is made of. */
export interface CanaryWatchParts {
  /** After how long without traffic a model is asked, ms; `null` = never. */
  readonly canaryMs: number | null;
  /** Models. */
  readonly runtimes: ReadonlyMap<string, ModelRuntime>;
  /** Asks a model for one token; `null` = it was not asked, or a caller needed its place. */
  readonly ask: (runtime: ModelRuntime, signal: AbortSignal) => Promise<CanaryResult | null>;
  /** Time. */
  readonly clock: Clock;
  /** Log lines. */
  readonly logger: Logger;
}

interface Question {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/**
 * Asks models that nobody used for a while for one token, because a server can go on answering every other question while
 * its models are stuck. A question gives way to any call that waits. A model that fails twice is loaded anew, once.
 */
export class CanaryWatch {
  readonly #parts: CanaryWatchParts;
  readonly #questions = new Map<string, Question>();
  readonly #askedMs = new Map<string, number>();
  #isClosed = false;

  constructor(parts: CanaryWatchParts) {
    this.#parts = parts;
  }

  /** Begins the questions that are due. */
  round(): void {
    if (this.#isClosed) return;
    const { canaryMs, runtimes, clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    for (const runtime of runtimes.values()) {
      const { name, facts, state, isManaged, isPinned, backend, isIdle, silentMs, idleMs, configured } = runtime;
      const due = isCanaryDue({
        canaryMs,
        canBeAsked: state === 'resident' && isManaged && backend.traits.isProbed,
        isBusy: !isIdle || this.#questions.has(name),
        silentMs,
        leavesInMs: isPinned ? null : configured.lingerMs - idleMs,
        failures: facts.canary.failures,
        sinceAskedMs: nowMs - (this.#askedMs.get(name) ?? Number.NEGATIVE_INFINITY),
      });
      if (due) this.#begin(runtime, nowMs);
    }
  }

  /** Learns from an event: a call that waits is more urgent than any question. */
  observe(event: PoolEvent): void {
    if (event.type !== 'call-queued' || event.labels.purpose === 'canary') return;
    for (const { controller } of this.#questions.values()) controller.abort(new Error('a call waits'));
  }

  /** Ends all questions. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { controller } of this.#questions.values()) controller.abort(new Error('the pool is closed'));
    await Promise.all([...this.#questions.values()].map(({ done }) => done));
  }

  #begin(runtime: ModelRuntime, nowMs: number): void {
    this.#askedMs.set(runtime.name, nowMs);
    const controller = new AbortController();
    const done = this.#ask(runtime, controller.signal).finally(() => this.#questions.delete(runtime.name));
    this.#questions.set(runtime.name, { controller, done });
  }

  async #ask(runtime: ModelRuntime, signal: AbortSignal): Promise<void> {
    const { ask, logger } = this.#parts;
    const { name, facts } = runtime;
    try {
      const result = await ask(runtime, signal);
      if (result === null || !facts.canary.add(result)) return;
      logger.warn({ model: name, error: result.error }, 'a model does not answer; it is loaded anew');
      await runtime.recover(signal);
    } catch (error) {
      if (!signal.aborted) logger.warn({ model: name, error }, 'a model that does not answer was not loaded anew');
    }
  }
}
