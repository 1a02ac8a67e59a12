import type { TextRequest } from '../backends/backend.js';
import { ModelPoolError } from '../errors.js';
import type { LanePlace } from '../lanes/lane-queue.js';
import type { CallEnd, CallStart, GateHandle } from '../types.js';
import { AnswerSink } from './answer-sink.js';
import type { AttemptOptions, AttemptOutcome } from './attempt.js';
import { endAttempt } from './attempt-end.js';
import { poolError } from './call-error.js';
import type { CallTimes } from './call-times.js';
import { blameServer } from './learn.js';
import { nothingPerformed, type Performed, performCall } from './perform.js';
import { refusal } from './refusal.js';

/** Reading speed where none is learnt, tokens a second: a large model on a busy processor. */
const slowestPrefillRate = 10;

/** What a prompt may take, as a multiple of what it is expected to take. */
const firstTokenShare = 3;

type Times = {
  -readonly [Key in keyof Omit<CallTimes, 'firstMs' | 'textMs' | 'answeredMs' | 'endedMs'>]: CallTimes[Key];
};

/** An attempt that has its place: from here on there is one `call-start` and one `call-end`, whatever happens. */
export class GrantedAttempt {
  readonly #options: AttemptOptions;
  readonly #start: CallStart;
  readonly #place: LanePlace;
  readonly #sink: AnswerSink;
  readonly #limitTokens: number;
  readonly #times: Times;
  readonly #controller = new AbortController();
  #handle: GateHandle | null = null;
  /** What the gate still owes where the call ended before it answered. */
  #late: Promise<GateHandle> | null = null;
  #isRefused = false;
  #error: ModelPoolError | null = null;
  #performed: Performed = nothingPerformed;

  constructor(
    options: AttemptOptions,
    start: CallStart,
    place: LanePlace,
    { enteredMs, limitTokens }: { readonly enteredMs: number; readonly limitTokens: number },
  ) {
    const { parts, send, room, onPhase } = options;
    this.#options = options;
    this.#start = start;
    this.#place = place;
    this.#limitTokens = limitTokens;
    const grantedMs = parts.clock.monotonicMs();
    this.#times = { enteredMs, grantedMs, askedMs: null, readyMs: null, sentMs: null };
    this.#sink = new AnswerSink({
      start,
      send,
      room,
      clock: parts.clock,
      limitTokens,
      onStart: () => onPhase('decode'),
      onPiece: (tokens) => place.wrote(tokens),
      end: (reason) => this.#controller.abort(reason),
    });
  }

  async run(): Promise<AttemptOutcome> {
    const { send, runtime, stop, probe, parts } = this.#options;
    const stopUsing = runtime.use(probe !== undefined);
    const stopListening = stop.listen((reason) => this.#controller.abort(reason));
    await this.#begin();
    send(this.#start);
    this.#sink.watch(this.#handle);
    try {
      if (!this.#isRefused) await this.#execute();
    } catch (cause) {
      // An answer that reached its limit is whole as far as the caller wanted it.
      if (!this.#sink.isCut) this.#error = this.#failureOf(cause);
    }
    const answeredMs = parts.clock.monotonicMs();
    stopListening();
    stopUsing();
    if (this.#error !== null && stop.reason === null && probe === undefined)
      blameServer(parts, runtime, this.#error, answeredMs - this.#times.grantedMs);
    this.#place.release();
    return this.#settle(answeredMs);
  }

  async #begin(): Promise<void> {
    const { parts, stop, onPhase } = this.#options;
    const { gate } = parts;
    if (gate === null) return;
    onPhase('gate');
    const begun = Promise.resolve().then(() => gate.begin(this.#start));
    try {
      this.#handle = await stop.race(begun);
    } catch (cause) {
      if (stop.reason !== null) {
        this.#late = begun;
        return;
      }
      this.#isRefused = true;
      this.#error = refusal(cause);
      const { requestId, callId, labels } = this.#start;
      const inputs = { by: 'gate', reason: this.#error.reason } as const;
      const { taskId } = labels;
      parts.decisions.add({ kind: 'refuse', requestId, callId, taskId, inputs, chosen: null, rejected: [] });
    }
  }

  async #execute(): Promise<void> {
    const { parts, request, runtime, send, onPhase, probe } = this.#options;
    const { signal } = this.#controller;
    const { callId, requestId, labels } = this.#start;
    signal.throwIfAborted();
    // The pool's own question is how it finds out that a server works again.
    if (probe === undefined) parts.monitors.get(runtime.backend.name)?.checkOpen();
    onPhase('loading');
    this.#times.askedMs = parts.clock.monotonicMs();
    const loadMs = await runtime.ensureReady(signal, (etaMs) =>
      send({ type: 'model-load', callId, requestId, name: runtime.name, etaMs, labels }),
    );
    this.#times.readyMs = parts.clock.monotonicMs();
    if (loadMs > 0) this.#loaded(loadMs);
    else this.#times.askedMs = this.#times.readyMs; // a model that was there took no time
    signal.throwIfAborted();
    onPhase('prefill');
    this.#times.sentMs = parts.clock.monotonicMs();
    const stopAsking = runtime.ask();
    try {
      const { backend } = runtime;
      const text = this.#textRequest(signal);
      this.#performed = await performCall({ backend, request, text, sink: this.#sink, clock: parts.clock });
    } finally {
      stopAsking();
    }
  }

  #loaded(loadMs: number): void {
    const { parts, runtime } = this.#options;
    const { name } = runtime;
    const { requestId, callId, labels } = this.#start;
    const inputs = { name, loadMs: Math.round(loadMs), error: null };
    parts.decisions.add({ kind: 'load', requestId, callId, taskId: labels.taskId, inputs, chosen: name, rejected: [] });
  }

  #textRequest(signal: AbortSignal): TextRequest {
    const { parts, request, runtime, promptTokens, probe } = this.#options;
    const profile = probe ?? runtime.profile;
    const { firstTokenMinMs, stallMs } = parts.timers;
    const prefillMs = (promptTokens * 1000) / (runtime.prefillRate ?? slowestPrefillRate);
    const { messages, prompt, system, format, temperature, topP, seed, stop, tools, toolChoice } = request;
    return {
      profile,
      messages,
      prompt,
      system,
      format,
      think: request.role === 'ux' ? false : profile.think,
      maxOutputTokens: this.#limitTokens,
      temperature,
      topP,
      seed,
      stop,
      tools,
      toolChoice,
      signal,
      firstTokenMs: Math.max(firstTokenMinMs, firstTokenShare * prefillMs),
      stallMs,
    };
  }

  async #settle(answeredMs: number): Promise<AttemptOutcome> {
    const { parts, runtime, send, probe, cover } = this.#options;
    const { clock, decisions, logger } = parts;
    const fallbackFrom = this.#options.fallbackFrom ?? (cover?.hasFailed ? cover.from : null);
    const { end, error, answer } = endAttempt({
      start: this.#start,
      modelDigest: runtime.digest,
      sink: this.#sink,
      times: { ...this.#times, answeredMs, endedMs: clock.monotonicMs() },
      answered: this.#performed.end,
      error: this.#error,
      isRefused: this.#isRefused,
      promptTokens: this.#options.promptTokens,
      countAnswer: parts.countAnswer,
      fallbackFrom,
      coveredBy: cover?.by ?? null,
    });
    if (error === null) runtime.answered(probe === undefined ? answer : { ...answer, role: null });
    if (this.#handle !== null) {
      try {
        await this.#handle.settle(end);
      } catch (cause) {
        logger.error({ callId: end.callId, error: cause }, 'the gate did not settle the call');
      }
    }
    if (this.#late !== null) this.#settleLate(this.#late, end);
    decisions.ended(end);
    send(end);
    return { callId: end.callId, end, error, performed: this.#performed };
  }

  /** An abort waits for no gate; what that begins later is settled then. */
  #settleLate(begun: Promise<GateHandle>, end: CallEnd): void {
    const { lateSettles, logger } = this.#options.parts;
    const settled = begun
      .then((handle) => handle.settle(end))
      .catch((cause: unknown) => logger.debug({ callId: end.callId, error: cause }, 'the gate did not begin the call'))
      .finally(() => lateSettles.delete(settled));
    lateSettles.add(settled);
  }

  #failureOf(cause: unknown): ModelPoolError {
    const { signal } = this.#controller;
    const error: unknown = signal.aborted ? signal.reason : cause;
    if (ModelPoolError.isInstance(error)) return error;
    return poolError('stream-broken', error instanceof Error ? error.message : String(error), { cause: error });
  }
}
