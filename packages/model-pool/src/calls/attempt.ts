import type { TextEnd, TextRequest } from '../backends/backend.js';
import { ModelPoolError, type ModelPoolErrorCode, type ModelPoolErrorOptions } from '../errors.js';
import type { CallEvent } from '../events.js';
import type { LanePlace } from '../lanes/lane-queue.js';
import type { ModelRuntime } from '../residency/runtime.js';
import type { CallEnd, CallStart, CallUsage, GateHandle, Id } from '../types.js';
import { AnswerSink } from './answer-sink.js';
import { buildCallEnd } from './call-end.js';
import { poolError, withFacts } from './call-error.js';
import { splitTime } from './call-times.js';
import { settleUsage } from './call-usage.js';
import type { CheckedRequest } from './checked-request.js';
import type { PoolParts } from './pool-parts.js';
import { refusal } from './refusal.js';

/** Where an attempt is. */
export type Phase = 'queued' | 'gate' | 'loading' | 'prefill' | 'decode';

/** What an attempt is made of. */
export interface AttemptOptions {
  /** The pool. */
  readonly parts: PoolParts;
  /** The request. */
  readonly request: CheckedRequest;
  /** The model. */
  readonly runtime: ModelRuntime;
  /** From 1. */
  readonly attempt: number;
  /** Estimated tokens of the prompt. */
  readonly promptTokens: number;
  /** Name of the model that failed before. */
  readonly fallbackFrom: string | null;
  /** Ends this attempt; the reason is a ModelPoolError. */
  readonly controller: AbortController;
  /** Sends an event to the caller and to every subscriber. */
  readonly send: (event: CallEvent) => void;
  /** A promise while the caller lags behind. */
  readonly room: () => Promise<void> | undefined;
  /** Told where the attempt is. */
  readonly onPhase: (phase: Phase) => void;
}

/** How an attempt ended. */
export interface AttemptOutcome {
  /** The attempt. */
  readonly callId: Id;
  /** What was sent as `call-end`. */
  readonly end: CallEnd;
  /** Why it failed; `null` = it did not. */
  readonly error: ModelPoolError | null;
  /** Vectors, where they were asked for. */
  readonly embeddings: readonly (readonly number[])[];
}

/** Failures that come before a server reads the prompt. */
const unread: ReadonlySet<ModelPoolErrorCode> = new Set<ModelPoolErrorCode>([
  'overloaded',
  'model-missing',
  'memory-insufficient',
  'load-failed',
  'load-timeout',
  'backend-down',
  'context-too-long',
  'capability-missing',
  'rejected',
  'refused',
  'configuration',
]);

/**
 * One attempt: lane granted → gate.begin → call-start → (model-load) → deltas → settle → call-end. Rejects only where it
 * did not begin: the lane was full, or the call ended while it waited.
 */
export async function runAttempt(options: AttemptOptions): Promise<AttemptOutcome> {
  const { parts, request, runtime } = options;
  const lane = parts.configuration.roles.get(request.role)?.lane ?? 'background';
  const start: CallStart = {
    type: 'call-start',
    callId: parts.createId(),
    requestId: request.requestId,
    attempt: options.attempt,
    startedAtMs: Math.round(parts.clock.now()),
    role: request.role,
    lane,
    operation: request.operation,
    backend: runtime.backend.name,
    provider: runtime.backend.kind,
    model: runtime.configured.profile.model,
    modelDigest: runtime.digest,
    estimatedInputTokens: options.promptTokens,
    maxOutputTokens: request.maxOutputTokens,
    labels: request.labels,
  };
  const enteredMs = parts.clock.monotonicMs();
  const place = await enterLane(options, start, enteredMs);
  const grantedMs = parts.clock.monotonicMs();
  const inputs = { lane, queueMs: Math.round(grantedMs - enteredMs), reason: place.reason };
  parts.decisions.add({
    kind: 'grant',
    requestId: start.requestId,
    callId: start.callId,
    inputs,
    chosen: runtime.name,
    rejected: [],
  });
  return new GrantedAttempt(options, start, place, { enteredMs, grantedMs }).run();
}

function enterLane(options: AttemptOptions, start: CallStart, enteredMs: number): Promise<LanePlace> {
  const { parts, runtime, controller, send, onPhase } = options;
  const { callId: id, requestId, lane, labels } = start;
  onPhase('queued');
  const { slots } = runtime.configured.profile;
  const entry = { id, lane, slot: runtime.name, slots, device: runtime.backend.device, enteredMs };
  return parts.lanes.acquire(entry, controller.signal, (position, etaMs) =>
    send({ type: 'call-queued', requestId, lane, position, etaMs, labels }),
  );
}

/** An attempt that has its place: from here on there is one `call-start` and one `call-end`, whatever happens. */
class GrantedAttempt {
  readonly #options: AttemptOptions;
  readonly #start: CallStart;
  readonly #place: LanePlace;
  readonly #sink: AnswerSink;
  readonly #limitTokens: number;
  readonly #times: {
    enteredMs: number;
    grantedMs: number;
    askedMs: number | null;
    readyMs: number | null;
    sentMs: number | null;
  };
  #handle: GateHandle | null = null;
  #isRefused = false;
  #error: ModelPoolError | null = null;
  #end: TextEnd | null = null;
  #embeddings: readonly (readonly number[])[] = [];

  constructor(
    options: AttemptOptions,
    start: CallStart,
    place: LanePlace,
    times: { enteredMs: number; grantedMs: number },
  ) {
    this.#options = options;
    this.#start = start;
    this.#place = place;
    this.#times = { ...times, askedMs: null, readyMs: null, sentMs: null };
    const { maxOutputTokens } = options.runtime.configured.profile;
    this.#limitTokens = Math.min(options.request.maxOutputTokens ?? maxOutputTokens, maxOutputTokens);
    const { send, room, controller, onPhase } = options;
    const { clock } = options.parts;
    const onStart = () => onPhase('decode');
    this.#sink = new AnswerSink({ start, send, room, clock, limitTokens: this.#limitTokens, controller, onStart });
  }

  async run(): Promise<AttemptOutcome> {
    const { send, runtime } = this.#options;
    const stopUsing = runtime.use();
    await this.#begin();
    send(this.#start);
    this.#sink.watch(this.#handle);
    try {
      if (!this.#isRefused) await this.#execute();
    } catch (cause) {
      // An answer that reached its limit is whole as far as the caller wanted it.
      if (!this.#sink.isCut) this.#error = failureOf(cause, this.#options.controller.signal);
    }
    const answeredMs = this.#options.parts.clock.monotonicMs();
    stopUsing();
    this.#place.release();
    return this.#settle(answeredMs);
  }

  async #begin(): Promise<void> {
    const { parts, onPhase } = this.#options;
    const { requestId, callId } = this.#start;
    onPhase('gate');
    try {
      this.#handle = (await parts.gate?.begin(this.#start)) ?? null;
    } catch (cause) {
      this.#isRefused = true;
      this.#error = refusal(cause);
      const inputs = { reason: this.#error.reason };
      parts.decisions.add({ kind: 'refuse', requestId, callId, inputs, chosen: null, rejected: [] });
    }
  }

  async #execute(): Promise<void> {
    const { parts, request, runtime, controller, send, onPhase } = this.#options;
    const { signal } = controller;
    const { callId, requestId, labels } = this.#start;
    signal.throwIfAborted();
    onPhase('loading');
    this.#times.askedMs = parts.clock.monotonicMs();
    const loadMs = await runtime.ensureReady(signal, (etaMs) =>
      send({ type: 'model-load', callId, requestId, name: runtime.name, etaMs, labels }),
    );
    if (loadMs > 0) {
      const inputs = { name: runtime.name, loadMs: Math.round(loadMs) };
      parts.decisions.add({ kind: 'load', requestId, callId, inputs, chosen: runtime.name, rejected: [] });
    }
    this.#times.readyMs = parts.clock.monotonicMs();
    if (loadMs === 0) this.#times.askedMs = this.#times.readyMs; // a model that was there took no time
    signal.throwIfAborted();
    onPhase('prefill');
    this.#times.sentMs = parts.clock.monotonicMs();
    if (request.operation !== 'embed') {
      this.#end = await runtime.backend.stream(this.#textRequest(), this.#sink);
      this.#sink.flush();
      return;
    }
    const { embeddings, inputTokens } = await runtime.backend.embed(runtime.configured.profile, request.input, signal);
    this.#embeddings = embeddings;
    this.#sink.counts.inputTokens = inputTokens;
    this.#sink.started();
  }

  #textRequest(): TextRequest {
    const { parts, request, runtime, promptTokens, controller } = this.#options;
    const { profile } = runtime.configured;
    const { firstTokenMinMs, stallMs } = parts.timers;
    // Nothing learnt: 10 tokens a second, a large model on a busy processor.
    const prefillMs = (promptTokens * 1000) / (runtime.prefillRate ?? 10);
    return {
      profile,
      messages: request.messages,
      prompt: request.prompt,
      system: request.system,
      format: request.format,
      think: request.role === 'ux' ? false : profile.think,
      maxOutputTokens: this.#limitTokens,
      temperature: request.temperature,
      signal: controller.signal,
      firstTokenMs: Math.max(firstTokenMinMs, 3 * prefillMs),
      stallMs,
    };
  }

  async #settle(answeredMs: number): Promise<AttemptOutcome> {
    const { parts, runtime, send, fallbackFrom } = this.#options;
    const { clock, logger } = parts;
    const sink = this.#sink;
    const start = { ...this.#start, modelDigest: runtime.digest };
    const usage = this.#usage();
    const error = this.#error === null ? null : withFacts(this.#error, this.#facts());
    const measured = {
      ...this.#times,
      firstMs: sink.firstMs,
      textMs: sink.textMs,
      answeredMs,
      endedMs: clock.monotonicMs(),
    };
    const timing = splitTime(measured, this.#end?.times ?? null);
    const finishReason = sink.isCut ? 'length' : (this.#end?.finishReason ?? 'stop');
    const end = buildCallEnd({ start, error, isRefused: this.#isRefused, finishReason, usage, timing, fallbackFrom });
    if (error === null) {
      const inputTokens = usage.inputTokens - (usage.cacheReadTokens ?? 0);
      runtime.answered({
        inputTokens,
        outputTokens: usage.outputTokens,
        prefillMs: timing.prefillMs,
        decodeMs: timing.decodeMs,
      });
    }
    try {
      await this.#handle?.settle(end);
    } catch (cause) {
      logger.error({ callId: start.callId, error: cause }, 'the gate did not settle the call');
    }
    send(end);
    return { callId: start.callId, end, error, embeddings: this.#embeddings };
  }

  #usage(): CallUsage {
    const { parts, promptTokens } = this.#options;
    const { counts, pieces, text, thinking, firstMs, isCut } = this.#sink;
    return settleUsage({
      isWhole: this.#error === null && !isCut,
      reported: counts,
      pieces,
      textTokens: parts.countAnswer(text) + parts.countAnswer(thinking),
      promptTokens,
      isSent: this.#times.sentMs !== null && !(this.#error !== null && unread.has(this.#error.code)),
      isRead: firstMs !== null,
    });
  }

  #facts(): ModelPoolErrorOptions {
    const { backend, model, attempt } = this.#start;
    const { text } = this.#sink;
    return { backend, model, attempt, partialText: text === '' ? null : text };
  }
}

function failureOf(cause: unknown, signal: AbortSignal): ModelPoolError {
  const error = signal.aborted ? signal.reason : cause;
  if (ModelPoolError.isInstance(error)) return error;
  return poolError('stream-broken', error instanceof Error ? error.message : String(error), { cause: error });
}
