import { setMaxListeners } from 'node:events';
import type { ModelPoolError } from '../errors.js';
import type { CallEvent } from '../events.js';
import type { ModelRuntime } from '../residency/runtime.js';
import { type CandidateView, chooseRoute, type Route } from '../routing/candidates.js';
import { decideNextStep } from '../routing/retry.js';
import type { Id } from '../types.js';
import { type AttemptOutcome, type Phase, runAttempt } from './attempt.js';
import { poolError } from './call-error.js';
import { type CheckedRequest, promptText } from './checked-request.js';
import { EventChannel } from './event-channel.js';
import type { PoolParts } from './pool-parts.js';

/** A failed deadline is named for what the call was waiting for. */
const deadlineCodes = {
  queued: 'overloaded',
  gate: 'overloaded',
  loading: 'load-timeout',
  prefill: 'first-token-timeout',
  decode: 'stalled',
} as const;

/** Failures that count against the server. */
const serverFaults: ReadonlySet<string> = new Set(['backend-down', 'first-token-timeout', 'stalled', 'stream-broken']);

/** What a finished call is. */
export interface FinishedCall extends AttemptOutcome {
  /** The request. */
  readonly requestId: Id;
}

/** Who keeps count of running calls. */
export interface CallWatch {
  /** The call begins now; throws where it may not. */
  began(run: CallRun): void;
  /** The call is over. */
  ended(run: CallRun): void;
}

/**
 * One call with its attempts. It begins with the first `next`; leaving the loop early aborts it, and `return` resolves
 * once it is settled.
 */
export class CallRun implements AsyncIterableIterator<CallEvent> {
  readonly request: CheckedRequest;
  readonly #parts: PoolParts;
  readonly #watch: CallWatch;
  readonly #channel = new EventChannel<CallEvent>();
  readonly #promptTokens: number;
  #done: Promise<void> | null = null;
  #controller = new AbortController();
  #stopReason: ModelPoolError | null = null;
  #phase: Phase = 'queued';
  #hasText = false;
  #finished: FinishedCall | null = null;

  constructor(parts: PoolParts, request: CheckedRequest, watch: CallWatch) {
    this.#parts = parts;
    this.request = request;
    this.#watch = watch;
    this.#promptTokens = parts.countTokens(promptText(request));
  }

  /** How it ended; `null` until the iteration is over without an error. */
  get finished(): FinishedCall | null {
    return this.#finished;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<CallEvent, undefined>> {
    this.#done ??= this.#run();
    return this.#channel.next();
  }

  async return(): Promise<IteratorResult<CallEvent, undefined>> {
    if (this.#done === null) {
      this.#done = Promise.resolve();
      this.#channel.end();
    } else {
      this.stop(poolError('aborted', 'the reader left'));
      await this.#done;
    }
    return { done: true, value: undefined };
  }

  /** Ends the call in whatever state it is; the first reason counts. */
  stop(reason: ModelPoolError): void {
    if (this.#stopReason !== null) return;
    this.#stopReason = reason;
    this.#channel.release();
    this.#controller.abort(reason);
  }

  /** Resolves once the call is over; at once if it never began. */
  async settled(): Promise<void> {
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal, deadlineMs } = this.request;
    const onAbort = () => this.stop(poolError('aborted', 'the caller ended the call', { cause: signal?.reason }));
    if (signal?.aborted) onAbort();
    else if (signal !== null) {
      setMaxListeners(0, signal); // one per running call is no leak
      signal.addEventListener('abort', onAbort, { once: true });
    }
    const onDeadline = () => {
      const code = deadlineCodes[this.#phase];
      this.stop(
        poolError(code, `the call was not over within its ${deadlineMs} ms`, {
          details: { deadlineMs, phase: this.#phase },
        }),
      );
    };
    const stopTimer = deadlineMs === null ? () => {} : this.#parts.clock.after(deadlineMs, onDeadline);
    try {
      this.#watch.began(this);
      const outcome = await this.#attempts();
      this.#finished = { ...outcome, requestId: this.request.requestId };
      this.#channel.end();
    } catch (error) {
      this.#channel.end(error);
    } finally {
      stopTimer();
      signal?.removeEventListener('abort', onAbort);
      this.#watch.ended(this);
    }
  }

  async #attempts(): Promise<AttemptOutcome> {
    const failed = new Map<string, ModelPoolError>();
    const tries = new Map<string, number>();
    let last: { name: string; error: ModelPoolError } | null = null;
    let retrying: ModelRuntime | null = null;
    let fallbackFrom: string | null = null;
    for (let attempt = 1; ; attempt += 1) {
      const runtime: ModelRuntime = retrying ?? this.#route(failed, last?.error ?? null);
      if (last !== null && last.name !== runtime.name) {
        this.#fallBack(last, runtime.name);
        fallbackFrom = last.name;
      }
      const outcome = await this.#attempt(runtime, attempt, fallbackFrom);
      this.#learn(runtime, outcome);
      if (outcome.error === null) return outcome;
      const { error } = outcome;
      const stopped: ModelPoolError | null = this.#stopReason;
      if (stopped !== null) throw stopped.code === error.code ? error : stopped;
      tries.set(runtime.name, (tries.get(runtime.name) ?? 0) + 1);
      failed.set(runtime.name, error);
      const step = decideNextStep({
        code: error.code,
        attempts: attempt,
        triesHere: tries.get(runtime.name) ?? 1,
        hasText: this.#hasText,
        replayable: this.request.replayable,
        hasNext: this.#choose(failed).chosen !== null,
        retryAfterMs: error.retryAfterMs,
        refused: error.details.refused === true,
        mayHaveLeaked: runtime.mayHaveLeaked,
        isEmbed: this.request.operation === 'embed',
        random: this.#parts.random(),
      });
      last = { name: runtime.name, error };
      retrying = null;
      if (step.action === 'fail') {
        this.#decide('fail', { attempt, reason: error.code }, null, outcome.callId);
        throw error;
      }
      if (step.action === 'fallback') continue;
      this.#decide(
        'retry',
        { attempt, reason: error.code, delayMs: Math.round(step.delayMs) },
        runtime.name,
        outcome.callId,
      );
      await this.#sleep(step.delayMs);
      if (step.reload) await runtime.evict('asked', this.#controller.signal).catch(() => {});
      retrying = runtime;
    }
  }

  async #attempt(runtime: ModelRuntime, attempt: number, fallbackFrom: string | null): Promise<AttemptOutcome> {
    this.#controller = new AbortController();
    if (this.#stopReason !== null) this.#controller.abort(this.#stopReason);
    return runAttempt({
      parts: this.#parts,
      request: this.request,
      runtime,
      attempt,
      promptTokens: this.#promptTokens,
      fallbackFrom,
      controller: this.#controller,
      send: (event) => this.#send(event),
      room: () => this.#channel.room(),
      onPhase: (phase) => {
        this.#phase = phase;
      },
    });
  }

  #send(event: CallEvent): void {
    if (event.type === 'text-delta' || event.type === 'thinking-delta') this.#hasText = true;
    this.#channel.push(event);
    this.#parts.emit(event);
  }

  #candidates(failed: ReadonlyMap<string, ModelPoolError>): CandidateView[] {
    const { configuration, runtimes, monitors } = this.#parts;
    const role = configuration.roles.get(this.request.role);
    const names = role?.candidates ?? [];
    return names.flatMap((name) => {
      const runtime = runtimes.get(name);
      if (runtime === undefined) return [];
      return {
        name,
        state: runtime.state,
        isBorrowed: runtime.configured.resident === 'always' && role?.resident !== 'always',
        contextTokens: runtime.contextTokens,
        isInstalled: runtime.isInstalled,
        isBackendOpen: monitors.get(runtime.backend.name)?.isOpen ?? false,
        coolDownMs: runtime.restMs,
        failedWith: failed.get(name)?.code ?? null,
      };
    });
  }

  #choose(failed: ReadonlyMap<string, ModelPoolError>): Route {
    return chooseRoute(this.#candidates(failed), this.#promptTokens);
  }

  #route(failed: ReadonlyMap<string, ModelPoolError>, lastError: ModelPoolError | null): ModelRuntime {
    const { role } = this.request;
    const { chosen, rejected } = this.#choose(failed);
    const runtime = chosen === null ? undefined : this.#parts.runtimes.get(chosen);
    const inputs = { role, neededTokens: this.#promptTokens, state: runtime?.state ?? null };
    this.#parts.decisions.add({
      kind: 'route',
      requestId: this.request.requestId,
      callId: null,
      inputs,
      chosen,
      rejected,
    });
    if (runtime !== undefined) return runtime;
    if (lastError !== null) throw lastError;
    throw this.#unroutable(rejected[0]);
  }

  /** The error of a call that found no candidate: why the preferred one was not taken. */
  #unroutable(first: Route['rejected'][number] | undefined): ModelPoolError {
    const { role } = this.request;
    if (first === undefined) return poolError('configuration', `the role ${role} is not configured`);
    const { runtimes, monitors } = this.#parts;
    const runtime = runtimes.get(first.option);
    const monitor = monitors.get(runtime?.backend.name ?? '');
    const facts = { backend: runtime?.backend.name, model: runtime?.configured.profile.model };
    switch (first.reason) {
      case 'model-missing':
        return poolError('model-missing', `${facts.model} is not installed on ${facts.backend}: pull it`, facts);
      case 'context-too-long':
        return poolError(
          'context-too-long',
          `the prompt has about ${this.#promptTokens} tokens, ${facts.model} takes ${runtime?.contextTokens}`,
          facts,
        );
      case 'load-failed':
        return poolError('load-failed', `${facts.model} could not be loaded and rests`, {
          ...facts,
          retryAfterMs: Math.ceil(runtime?.restMs ?? 0),
        });
      default:
        return poolError('backend-down', `${facts.backend} does not answer`, {
          ...facts,
          retryAfterMs: Math.ceil(monitor?.openMs ?? 0),
        });
    }
  }

  #fallBack(last: { name: string; error: ModelPoolError }, to: string): void {
    const { requestId, labels } = this.request;
    const dropText = this.#hasText;
    this.#hasText = false;
    this.#send({ type: 'call-fallback', requestId, from: last.name, to, reason: last.error.code, dropText, labels });
    this.#decide('fallback', { from: last.name, reason: last.error.code }, to, null);
  }

  /** Tells the server's and the model's owners how it went. */
  #learn(runtime: ModelRuntime, { error, end }: AttemptOutcome): void {
    const { monitors, loop } = this.#parts;
    const monitor = monitors.get(runtime.backend.name);
    if (error === null) {
      monitor?.succeeded();
      return;
    }
    if (this.#stopReason !== null || error.code === 'aborted' || error.code === 'refused') {
      if (end.timing.prefillMs !== null) runtime.left();
      return;
    }
    if (serverFaults.has(error.code)) monitor?.failed(error);
    if (error.code === 'model-missing') {
      runtime.setInstalled(false, null);
      monitor?.forgetList();
    }
    if (error.code === 'load-failed' && end.timing.prefillMs !== null) runtime.runnerDied();
    runtime.doubt();
    loop.wake();
  }

  #decide(
    kind: 'fallback' | 'retry' | 'fail',
    inputs: Record<string, string | number>,
    chosen: string | null,
    callId: Id | null,
  ): void {
    this.#parts.decisions.add({ kind, requestId: this.request.requestId, callId, inputs, chosen, rejected: [] });
  }

  #sleep(delayMs: number): Promise<void> {
    if (delayMs === 0 && this.#stopReason === null) return Promise.resolve();
    const controller = new AbortController();
    this.#controller = controller;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        cancel();
        reject(this.#stopReason);
      };
      const cancel = this.#parts.clock.after(delayMs, () => {
        controller.signal.removeEventListener('abort', onAbort);
        resolve();
      });
      if (this.#stopReason !== null) onAbort();
      else controller.signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
