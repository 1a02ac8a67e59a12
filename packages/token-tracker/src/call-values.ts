import type { CallEnd, CallStart } from './calls.js';
import { type CountedUsage, isCount } from './count-usage.js';
import type { CallValues } from './store/schema.js';

const loneSurrogates = /\p{Surrogate}/gu;
type Call = Omit<CallStart, 'type'>;

/** The row of a call that begins. */
export function openCallValues(start: CallStart, processId: string, nowMs: number): CallValues {
  return callValues(start, null, null, processId, nowMs);
}

/** The row of a call that has ended, as if nothing had been stored of it before. */
export function settledCallValues(end: CallEnd, counted: CountedUsage, processId: string, nowMs: number): CallValues {
  return callValues(end, end, counted, processId, nowMs);
}

/** One literal on purpose: objects of this size that are put together from parts cost more than the statement they are bound to. */
function callValues(
  call: Call,
  end: CallEnd | null,
  counted: CountedUsage | null,
  processId: string,
  nowMs: number,
): CallValues {
  const { labels } = call;
  const usage = counted?.usage;
  const timing: Partial<Record<keyof CallEnd['timing'], unknown>> | undefined = end?.timing;
  return {
    id: text(call.callId),
    request_id: text(call.requestId),
    started_at: whole(call.startedAtMs) ?? nowMs,
    process_id: processId,
    origin: '',
    task_id: text(labels.taskId),
    step_id: text(labels.stepId),
    session_id: text(labels.conversationId),
    user_id: text(labels.userId),
    project: text(labels.project),
    backend: text(call.backend),
    provider: text(call.provider),
    model: text(call.model),
    role: text(call.role),
    op: text(call.operation),
    attempt: whole(call.attempt),
    est_in_tok: isCount(call.estimatedInputTokens) ? call.estimatedInputTokens : null,
    model_digest: text(
      call.modelDigest === null
        ? null
        : String(call.modelDigest)
            .replace(/^sha256[:-]/, '')
            .slice(0, 12),
    ),
    status: end?.status ?? 'open',
    source: usage?.source ?? 'estimated',
    meta: metaText(call, end, counted),
    ended_at: whole(end?.endedAtMs),
    error_type: text(end?.error?.code),
    finish_reason: text(end?.finishReason),
    in_tok: usage?.inputTokens ?? null,
    out_tok: usage?.outputTokens ?? null,
    cache_read_tok: usage?.cacheReadTokens ?? null,
    cache_write_tok: usage?.cacheWriteTokens ?? null,
    reasoning_tok: usage?.reasoningTokens ?? null,
    reserved_tok: null,
    dur_ms: whole(timing?.durationMs),
    queue_ms: whole(timing?.queueMs),
    load_ms: whole(timing?.loadMs),
    ttft_ms: whole(timing?.ttftMs),
    prefill_ms: whole(timing?.prefillMs),
    decode_ms: whole(timing?.decodeMs),
    cost_nano: null,
    price_id: null,
  };
}

/** Only what is known goes in: most rows have `{"purpose":…}` alone. */
function metaText({ labels }: Call, end: CallEnd | null, counted: CountedUsage | null): string {
  const meta: Record<string, unknown> = { purpose: labels.purpose };
  if (labels.run !== null) meta.run = labels.run;
  if (end?.fallbackFrom) meta.fallbackFrom = end.fallbackFrom;
  if (end?.coveredBy) meta.coveredBy = end.coveredBy;
  if (counted?.badUsage) meta.badUsage = counted.badUsage;
  return JSON.stringify(meta); // writes a lone surrogate as an escape
}

function whole(value: unknown): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(value)));
}

/** The text as it will be read back: SQLite stores UTF-8, which has no lone surrogates, and PostgreSQL stores no NUL. */
function text(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const string = String(value);
  if (string.search(loneSurrogates) === -1 && !string.includes('\0')) return string;
  return string.replace(loneSurrogates, '\uFFFD').replaceAll('\0', '\uFFFD');
}
