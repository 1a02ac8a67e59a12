import type { CallStart } from '../../../types.js';

/** What a header can carry. */
const plain = (text: string) => text.replace(/[^\x20-\x7e]/g, '?');

/**
 * `x-tale-call` is an id that `GET /v1/calls/<id>` explains: that of the attempt, or of the request while none has begun.
 * `x-tale-model` is the model's name on its server.
 */
export function answerHeaders(
  start: Pick<CallStart, 'callId' | 'model'> | null,
  requestId: string | null,
): Readonly<Record<string, string>> {
  if (start !== null) return { 'x-tale-call': plain(start.callId), 'x-tale-model': plain(start.model) };
  return requestId === null ? {} : { 'x-tale-call': plain(requestId) };
}
