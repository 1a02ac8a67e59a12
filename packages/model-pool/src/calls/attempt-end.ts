import type { TextEnd } from '../backends/backend.js';
import type { ModelPoolError, ModelPoolErrorCode } from '../errors.js';
import type { Answer } from '../residency/statistics.js';
import type { CallEnd, CallStart, CallUsage } from '../types.js';
import type { AnswerSink } from './answer-sink.js';
import { buildCallEnd } from './call-end.js';
import { withFacts } from './call-error.js';
import { type CallTimes, splitTime } from './call-times.js';
import { settleUsage } from './call-usage.js';

/** What an attempt was when it was over. */
export interface AttemptView {
  /** Its first event. */
  readonly start: CallStart;
  /** Digest of the model's files, as known by now. */
  readonly modelDigest: string | null;
  /** What came. */
  readonly sink: Pick<
    AnswerSink,
    'counts' | 'pieces' | 'text' | 'thinking' | 'toolCalls' | 'firstMs' | 'textMs' | 'isCut'
  >;
  /** When it was where; the sink has the rest. */
  readonly times: Omit<CallTimes, 'firstMs' | 'textMs'>;
  /** How the server ended the answer. */
  readonly answered: TextEnd | null;
  /** Why it failed; `null` = it did not. */
  readonly error: ModelPoolError | null;
  /** Whether the gate refused it at its start. */
  readonly isRefused: boolean;
  /** Estimated tokens of the prompt. */
  readonly promptTokens: number;
  /** Tokens of an answer that its server did not count. */
  readonly countAnswer: (text: string) => number;
  /** Name of the model that failed before. */
  readonly fallbackFrom: string | null;
  /** Name of the model that covered; `null` = it was the one that was chosen. */
  readonly coveredBy: string | null;
}

/** What becomes of it. */
export interface AttemptEnd {
  /** Its last event. */
  readonly end: CallEnd;
  /** Its failure with all facts. */
  readonly error: ModelPoolError | null;
  /** What it says about the speed of the model. */
  readonly answer: Answer;
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

/** Tokens, times and the last event of an attempt. */
export function endAttempt(view: AttemptView): AttemptEnd {
  const { start, modelDigest, sink, times, answered, isRefused, fallbackFrom, coveredBy } = view;
  const { text, toolCalls, firstMs, textMs, isCut } = sink;
  const usage = usageOf(view);
  const timing = splitTime({ ...times, firstMs, textMs }, answered?.times ?? null);
  const facts = { backend: start.backend, model: start.model, attempt: start.attempt };
  const error =
    view.error === null ? null : withFacts(view.error, { ...facts, partialText: text === '' ? null : text });
  const stopReason = toolCalls.length > 0 ? 'tool-calls' : (answered?.finishReason ?? 'stop');
  const finishReason = isCut ? 'length' : stopReason;
  const settled = { usage, timing, fallbackFrom, coveredBy };
  const end = buildCallEnd({ start, modelDigest, error, isRefused, finishReason, ...settled });
  const isWarm = times.askedMs === times.readyMs;
  const answer: Answer = {
    inputTokens: usage.inputTokens - (usage.cacheReadTokens ?? 0),
    outputTokens: usage.outputTokens,
    prefillMs: timing.prefillMs,
    decodeMs: timing.decodeMs,
    role: start.role,
    firstTokenMs: firstMs === null || times.sentMs === null || !isWarm ? null : firstMs - times.sentMs,
  };
  return { end, error, answer };
}

function usageOf({ sink, times, error, promptTokens, countAnswer }: AttemptView): CallUsage {
  const { counts, pieces, text, thinking, toolCalls, firstMs, isCut } = sink;
  let textTokens = countAnswer(text) + countAnswer(thinking);
  for (const { name, arguments: given } of toolCalls) textTokens += countAnswer(name + JSON.stringify(given));
  return settleUsage({
    isWhole: error === null && !isCut,
    reported: counts,
    pieces,
    textTokens,
    promptTokens,
    isSent: times.sentMs !== null && !(error !== null && unread.has(error.code)),
    isRead: firstMs !== null,
  });
}
