import type { JsonObject } from '../calls.js';
import { TokenTrackerError } from '../errors.js';
import type { CallRecord, CallsOptions, Row, Script } from './types.js';

/**
 * Stored calls, newest first, open ones included.
 *
 * @throws {@link TokenTrackerError} `invalid-argument`
 */
export function* callsScript({ taskId, limit = 50 }: CallsOptions = {}): Script<CallRecord[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw new TokenTrackerError('invalid-argument', `limit must be a whole number from 1 to 10,000, not ${limit}`);
  }
  const rows = yield {
    sql: `SELECT * FROM tokens_calls ${taskId === undefined ? '' : 'WHERE task_id = ? '}ORDER BY started_at DESC, id DESC LIMIT ?`,
    parameters: taskId === undefined ? [limit] : [taskId, limit],
  };
  return rows.map(recordOf);
}

function recordOf(row: Row): CallRecord {
  const number = (column: string) => (row[column] === null ? null : Number(row[column]));
  const text = <Text extends string>(column: string) => row[column] as Text | null;
  return {
    callId: row.id as string,
    requestId: text('request_id'),
    attempt: number('attempt'),
    startedAtMs: Number(row.started_at),
    endedAtMs: number('ended_at'),
    settleSeq: number('settle_seq'),
    processId: text('process_id'),
    taskId: text('task_id'),
    stepId: text('step_id'),
    conversationId: text('session_id'),
    userId: text('user_id'),
    project: row.project as string,
    backend: text('backend'),
    provider: row.provider as string,
    model: row.model as string,
    modelDigest: text('model_digest'),
    role: row.role as CallRecord['role'],
    operation: text('op'),
    status: row.status as CallRecord['status'],
    errorCode: text('error_type'),
    finishReason: text('finish_reason'),
    source: row.source as CallRecord['source'],
    inputTokens: number('in_tok'),
    outputTokens: number('out_tok'),
    cacheReadTokens: number('cache_read_tok'),
    cacheWriteTokens: number('cache_write_tok'),
    reasoningTokens: number('reasoning_tok'),
    estimatedInputTokens: number('est_in_tok'),
    durationMs: number('dur_ms'),
    queueMs: number('queue_ms'),
    loadMs: number('load_ms'),
    ttftMs: number('ttft_ms'),
    prefillMs: number('prefill_ms'),
    decodeMs: number('decode_ms'),
    meta: metaOf(text('meta')),
  };
}

function metaOf(json: string | null): JsonObject | null {
  try {
    return json === null ? null : (JSON.parse(json) as JsonObject);
  } catch {
    return null; // a damaged row is served without it; verify names the row
  }
}
