import { ulid } from 'ulid';
import type { CallEnd, CallStart } from '../calls.js';

/** A call that begins: a chat with `tiny` in the role `ux`, for no task; `fields` replace what they name. */
export function fakeCallStart(fields: Partial<CallStart> = {}): CallStart {
  const callId = fields.callId ?? ulid();
  return {
    type: 'call-start',
    callId,
    requestId: callId,
    attempt: 1,
    startedAtMs: Date.now(),
    role: 'ux',
    lane: 'ux',
    operation: 'chat',
    backend: 'local',
    provider: 'ollama',
    model: 'tiny',
    modelDigest: 'sha256:0123456789abcdef',
    estimatedInputTokens: 10,
    maxOutputTokens: null,
    ...fields,
    labels: {
      project: 'demo',
      taskId: null,
      stepId: null,
      run: null,
      conversationId: null,
      userId: null,
      purpose: 'answer',
      ...fields.labels,
    },
  };
}

/** The end of `start`: 12 tokens in, 5 out, as reported, after 200 ms; `fields` replace what they name. */
export function fakeCallEnd(start: CallStart, fields: Partial<CallEnd> = {}): CallEnd {
  return {
    ...start,
    endedAtMs: start.startedAtMs + 200,
    status: 'ok',
    finishReason: 'stop',
    fallbackFrom: null,
    coveredBy: null,
    error: null,
    ...fields,
    type: 'call-end',
    usage: {
      inputTokens: 12,
      outputTokens: 5,
      cacheReadTokens: null,
      cacheWriteTokens: null,
      reasoningTokens: null,
      source: 'reported',
      ...fields.usage,
    },
    timing: {
      durationMs: 200,
      queueMs: 0,
      poolMs: 0,
      loadMs: null,
      serverWaitMs: null,
      prefillMs: null,
      decodeMs: null,
      transportMs: null,
      ttftMs: null,
      ...fields.timing,
    },
  };
}
