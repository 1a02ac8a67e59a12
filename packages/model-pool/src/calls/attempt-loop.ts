import type { ModelPoolError } from '../errors.js';
import type { CallEvent } from '../events.js';
import type { ModelRuntime } from '../residency/runtime.js';
import type { RouteView } from '../routing/candidates.js';
import { chooseRoute } from '../routing/choose-route.js';
import { chooseCover } from '../routing/cover.js';
import { decideNextStep, type FailureView, type NextStep } from '../routing/retry.js';
import { type AttemptOutcome, type Cover, runAttempt } from './attempt.js';
import type { CheckedRequest } from './checked-request.js';
import { coverView, loadBehind } from './cover-load.js';
import type { CallPhase } from './deadline.js';
import { learnFrom } from './learn.js';
import { findOutdated, lookAgain } from './look-again.js';
import type { PoolParts } from './pool-parts.js';
import { CallRouter } from './route-call.js';
import type { Stop } from './stop.js';
import { unroutable } from './unroutable.js';

/** What a loop is made of. */
export interface AttemptLoopOptions {
  /** The pool. */
  readonly parts: PoolParts;
  /** The request. */
  readonly request: CheckedRequest;
  /** Estimated tokens of the prompt. */
  readonly promptTokens: number;
  /** Ends the call. */
  readonly stop: Stop;
  /** What is left of the call's time, ms; `null` = it has no deadline. */
  readonly remainingMs: () => number | null;
  /** Sends an event to the caller and to every subscriber. */
  readonly send: (event: CallEvent) => void;
  /** A promise while the caller lags behind. */
  readonly room: () => Promise<void> | undefined;
}

/** What the next attempt is made with. */
interface Plan {
  readonly runtime: ModelRuntime;
  readonly isRepeated: boolean;
  readonly cover: Cover | null;
}

/** The attempts of one call: routes, covers, repeats, falls back, until one is answered or nothing is left to try. */
export class AttemptLoop {
  readonly #options: AttemptLoopOptions;
  readonly #router: CallRouter;
  readonly #failed = new Map<string, ModelPoolError>();
  readonly #tries = new Map<string, number>();
  /** Where the call is, for the error of a deadline. */
  phase: CallPhase = 'queued';
  #attempts = 0;
  #last: { readonly name: string; readonly error: ModelPoolError } | null = null;
  #fallbackFrom: string | null = null;
  #hasText = false;
  #isFinal = false;

  constructor(options: AttemptLoopOptions) {
    this.#options = options;
    this.#router = new CallRouter(options.parts, options.request, options.promptTokens);
  }

  /** The newest failure; `null` = there was none. */
  get lastError(): ModelPoolError | null {
    return this.#last?.error ?? null;
  }

  /** Resolves with the attempt that was answered. @throws ModelPoolError the failure of the last one, or the reason of the stop */
  async run(): Promise<AttemptOutcome> {
    const { parts, stop } = this.#options;
    const view = this.#router.view(this.#failed);
    const outdated = findOutdated(parts, view);
    if (outdated.length > 0) await lookAgain(outdated, stop);
    let plan = this.#plan(outdated.length > 0 ? undefined : view);
    for (;;) {
      const outcome = await this.#attempt(plan);
      if (outcome.error === null) return outcome;
      plan = await this.#next(plan, outcome, outcome.error);
    }
  }

  async #attempt({ runtime, isRepeated, cover }: Plan): Promise<AttemptOutcome> {
    const { parts, request, promptTokens, stop, room } = this.#options;
    this.#attempts += 1;
    const outcome = await runAttempt({
      parts,
      request,
      runtime,
      attempt: this.#attempts,
      promptTokens,
      fallbackFrom: this.#fallbackFrom,
      cover,
      isRepeated,
      stop,
      send: (event) => this.#send(event),
      room,
      onPhase: (phase) => {
        this.phase = phase;
      },
    });
    learnFrom(parts, runtime, outcome, stop.reason !== null);
    return outcome;
  }

  /** What follows a failed attempt. */
  async #next({ runtime }: Plan, { callId }: AttemptOutcome, error: ModelPoolError): Promise<Plan> {
    const { stop } = this.#options;
    const { name } = runtime;
    // A deadline is the stop and the failure of the attempt at once; the attempt has the facts.
    if (stop.reason !== null) throw stop.reason.code === error.code ? error : stop.reason;
    this.#tries.set(name, (this.#tries.get(name) ?? 0) + 1);
    this.#failed.set(name, error);
    this.#last = { name, error };
    const step = this.#decideStep(runtime, error, callId);
    if (step.action === 'fail') throw error;
    if (step.action === 'fallback') return this.#plan();
    this.phase = 'retry';
    // A server that is left alone as a whole is waited for in the lane.
    if (!step.isPause) await stop.sleep(this.#options.parts.clock, step.delayMs);
    if (step.reload) await this.#reload(runtime);
    return { runtime, isRepeated: true, cover: null };
  }

  #decideStep(runtime: ModelRuntime, error: ModelPoolError, callId: string): NextStep {
    const { parts, request, remainingMs } = this.#options;
    const view = this.#router.view(this.#failed);
    const next = chooseRoute(view).chosen;
    const candidate = view.candidates.find(({ name }) => name === next);
    const inputs: FailureView = {
      code: error.code,
      name: runtime.name,
      next,
      isNextReady: candidate !== undefined && candidate.state === 'resident' && candidate.pausedMs === 0,
      isNextElsewhere: next !== null && parts.runtimes.get(next)?.backend !== runtime.backend,
      attempts: this.#attempts,
      triesHere: this.#tries.get(runtime.name) ?? 1,
      hasText: this.#hasText,
      replayable: request.replayable && !this.#isFinal,
      retryAfterMs: error.retryAfterMs,
      remainingMs: remainingMs(),
      refused: error.details.refused === true,
      mayHaveLeaked: runtime.mayHaveLeaked,
      isEmbed: request.operation === 'embed',
      random: parts.random(),
    };
    const step = decideNextStep(inputs);
    const { action: kind, chosen, rejected } = step;
    parts.decisions.add({ kind, ...this.#about(callId), inputs, chosen, rejected });
    return step;
  }

  /** Routes the call, and lets the small model cover where that is asked for. */
  #plan(view = this.#router.view(this.#failed)): Plan {
    const { parts } = this.#options;
    const { chosen, rejected } = chooseRoute(view);
    parts.decisions.add({ kind: 'route', ...this.#about(null), inputs: view, chosen, rejected });
    const runtime = chosen === null ? undefined : parts.runtimes.get(chosen);
    if (runtime === undefined) throw this.#last?.error ?? unroutable(view, rejected, parts);
    if (this.#last !== null && this.#last.name !== runtime.name) this.#fallBack(this.#last, runtime.name);
    return this.#cover(runtime, view) ?? { runtime, isRepeated: false, cover: null };
  }

  /** The small model instead, while the chosen one is loaded. */
  #cover(runtime: ModelRuntime, view: RouteView): Plan | null {
    const { parts, request, stop } = this.#options;
    const isOwn = view.candidates.find(({ name }) => name === runtime.name)?.part === 'own';
    if (!request.coverWhileLoading || this.#attempts > 0 || !isOwn) return null;
    const inputs = coverView(parts, request, runtime, this.#router.findCover(this.#failed));
    const { chosen, rejected } = chooseCover(inputs);
    parts.decisions.add({ kind: 'cover', ...this.#about(null), inputs, chosen, rejected });
    const small = chosen === null ? undefined : parts.runtimes.get(chosen);
    if (small === undefined) return null;
    const cover = loadBehind({ parts, stop, runtime, small }, (error) => this.#failed.set(runtime.name, error));
    return { runtime: small, isRepeated: false, cover };
  }

  #fallBack({ name: from, error }: { readonly name: string; readonly error: ModelPoolError }, to: string): void {
    const { requestId, labels } = this.#options.request;
    const dropText = this.#hasText;
    this.#hasText = false;
    this.#fallbackFrom = from;
    this.#send({ type: 'call-fallback', requestId, from, to, reason: error.code, dropText, labels });
  }

  #send(event: CallEvent): void {
    switch (event.type) {
      case 'text-delta':
      case 'thinking-delta':
        this.#hasText = true;
        break;
      case 'tool-call':
        // Whoever sees a tool call may run it: it cannot be taken back.
        this.#hasText = this.#isFinal = true;
        break;
      default:
    }
    this.#options.send(event);
  }

  #about(callId: string | null) {
    const { requestId, labels } = this.#options.request;
    return { requestId, callId, taskId: labels.taskId };
  }

  async #reload(runtime: ModelRuntime): Promise<void> {
    const { stop } = this.#options;
    const { signal, release } = stop.signal();
    await runtime.evict('asked', signal).catch(() => {});
    release();
    stop.check();
  }
}
