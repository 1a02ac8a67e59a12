import { fromCallError, poolError } from '../calls/call-error.js';
import { ModelPoolError } from '../errors.js';
import type { CallEvent } from '../events.js';
import type {
  CallEnd,
  CallError,
  Clock,
  CountRequest,
  DecideRequest,
  DecideResult,
  EmbedRequest,
  EmbedResult,
} from '../types.js';
import { limitTime } from '../waiting/limit-time.js';
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

/** Longest wait for a count of a served pool, which has a limit of its own, ms. */
const countMs = 3_000;

/** Tokens of a prompt by a served pool; `null` where it cannot be asked. */
export async function remoteCount(
  connection: Connection,
  request: CountRequest,
  { signal, clock }: { readonly signal: AbortSignal; readonly clock: Clock },
): Promise<number | null> {
  const late = poolError('backend-down', `the model server did not count within ${countMs} ms`);
  try {
    const { tokens } = await limitTime(clock, countMs, late, signal, (limited) =>
      connection.json<{ tokens?: unknown }>('POST', '/v1/pool/count', request, limited),
    );
    return typeof tokens === 'number' ? tokens : null;
  } catch (error) {
    // An answer of another server has a status: that one has no such route.
    const isMine = ModelPoolError.isInstance(error) && error.code === 'rejected' && error.details.status === undefined;
    if (signal.aborted || isMine) throw error;
    return null;
  }
}
