import { fromCallError } from '../calls/call-error.js';
import type { CallEvent } from '../events.js';
import type { CallEnd, CallError, DecideRequest, DecideResult, EmbedRequest, EmbedResult } from '../types.js';
import type { Connection } from './connection.js';
import { endless } from './remote-call.js';

/** Result of a call that gives no text: the data of its last event, and its `call-end`. */
async function readResult<Last>(
  connection: Connection,
  { signal: _, onEvent, ...body }: EmbedRequest | DecideRequest,
  signal: AbortSignal,
): Promise<{ readonly last: Last; readonly end: CallEnd }> {
  let last: Last | null = null;
  let end: CallEnd | null = null;
  let error: CallError | null = null;
  await connection.listen('POST', '/v1/calls', body, signal, (type, data) => {
    if (type === 'request-end') last = data as Last;
    else if (type === 'request-error') error = data as CallError;
    else {
      const event = data as CallEvent;
      if (event.type === 'call-end') end = event;
      onEvent?.(event);
    }
  });
  if (error !== null) throw fromCallError(error);
  if (last === null || end === null) throw endless();
  return { last, end };
}

/** Vectors by a served pool. */
export async function remoteEmbed(
  connection: Connection,
  request: EmbedRequest,
  signal: AbortSignal,
): Promise<EmbedResult> {
  type Last = Pick<EmbedResult, 'requestId' | 'embeddings'>;
  const { last, end } = await readResult<Last>(connection, request, signal);
  return { requestId: last.requestId, embeddings: last.embeddings, end };
}

/** Answers to questions by a served pool. */
export async function remoteDecide(
  connection: Connection,
  request: DecideRequest,
  signal: AbortSignal,
): Promise<DecideResult> {
  type Last = Pick<DecideResult, 'requestId'> & { readonly decisions: Pick<DecideResult, 'answers' | 'method'> };
  const { last, end } = await readResult<Last>(connection, request, signal);
  return { requestId: last.requestId, ...last.decisions, end };
}
