import type { ModelPoolError } from '../errors.js';
import type { CallEvent } from '../events.js';
import type { LanePlace } from '../lanes/lane-queue.js';
import type { ModelRuntime } from '../residency/runtime.js';
import type { Profile } from '../roles/profile.js';
import type { CallEnd, CallStart, Id } from '../types.js';
import type { CheckedRequest } from './checked-request.js';
import { GrantedAttempt } from './granted-attempt.js';
import type { Performed } from './perform.js';
import type { PoolParts } from './pool-parts.js';
import type { Stop } from './stop.js';

/** Where an attempt is. */
export type Phase = 'queued' | 'gate' | 'loading' | 'prefill' | 'decode';

/** The small model that answers while the one that was chosen is loaded. */
export interface Cover {
  /** Its name in the configuration. */
  readonly by: string;
  /** Name of the one that is loaded. */
  readonly from: string;
  /** Whether that load failed by now. */
  hasFailed: boolean;
}

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
  /** Set where the model only covers. */
  readonly cover?: Cover | null | undefined;
  /** Whether it had its turn before and goes to the front of its lane. */
  readonly isRepeated?: boolean | undefined;
  /** Ends the call. */
  readonly stop: Stop;
  /** Sends an event to the caller and to every subscriber. */
  readonly send: (event: CallEvent) => void;
  /** A promise while the caller lags behind. */
  readonly room: () => Promise<void> | undefined;
  /** Told where the attempt is. */
  readonly onPhase: (phase: Phase) => void;
  /** Profile of a question of the pool's own, which does not count as use of the model. */
  readonly probe?: Profile | undefined;
}

/** How an attempt ended. */
export interface AttemptOutcome {
  /** The attempt. */
  readonly callId: Id;
  /** What was sent as `call-end`. */
  readonly end: CallEnd;
  /** Why it failed; `null` = it did not. */
  readonly error: ModelPoolError | null;
  /** What came beside the text. */
  readonly performed: Performed;
}

/**
 * One attempt: lane granted → gate.begin → call-start → (model-load) → deltas → settle → call-end. Rejects only where it
 * did not begin: the lane was full, or the call ended while it waited.
 */
export async function runAttempt(options: AttemptOptions): Promise<AttemptOutcome> {
  const { parts, stop } = options;
  stop.check();
  const start = startOf(options);
  const enteredMs = parts.clock.monotonicMs();
  const limitTokens = limitOf(options);
  const place = await enterLane(options, start, enteredMs, limitTokens);
  return new GrantedAttempt(options, start, place, { enteredMs, limitTokens }).run();
}

function startOf({ parts, request, runtime, attempt, promptTokens }: AttemptOptions): CallStart {
  const { role, operation, requestId, maxOutputTokens, labels } = request;
  return {
    type: 'call-start',
    callId: parts.createId(),
    requestId,
    attempt,
    startedAtMs: Math.round(parts.clock.now()),
    role,
    lane: request.lane ?? parts.configuration.roles.get(role)?.lane ?? 'background',
    operation,
    backend: runtime.backend.name,
    provider: runtime.backend.kind,
    model: runtime.configured.profile.model,
    modelDigest: runtime.digest,
    estimatedInputTokens: promptTokens,
    maxOutputTokens,
    labels,
  };
}

function limitOf({ request, runtime }: AttemptOptions): number {
  const { maxOutputTokens } = runtime.configured.profile;
  return Math.min(request.maxOutputTokens ?? maxOutputTokens, maxOutputTokens);
}

function enterLane(
  options: AttemptOptions,
  { callId: id, requestId, lane, labels }: CallStart,
  enteredMs: number,
  limitTokens: number,
): Promise<LanePlace> {
  const { parts, runtime, promptTokens, stop, send, onPhase, isRepeated = false } = options;
  onPhase('queued');
  const { slots } = runtime.configured.profile;
  const { device } = runtime.backend;
  return parts.lanes.acquire(
    { id, lane, slot: runtime.name, slots, device, enteredMs, promptTokens, limitTokens },
    {
      requestId,
      taskId: labels.taskId,
      isInFront: isRepeated,
      moved: (position, etaMs) => send({ type: 'call-queued', requestId, lane, position, etaMs, labels }),
      onStop: (leave) => stop.listen(leave),
    },
  );
}
