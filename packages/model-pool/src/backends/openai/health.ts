import { type ErrorAnswer, failureOfAnswer, failureOfTransport, readErrorAnswer } from '../http/failures.js';
import { type HttpServer, headerOf, readWhole } from '../http/request-json.js';

/** What a server says about itself: it answers, it loads its model, or it has no such route. */
export type Health = 'ok' | 'loading' | 'absent';

/** What `/health` said; llama-server answers 503 while it loads. `null` = that is a failure. */
export function readHealth({ status, names }: Pick<ErrorAnswer, 'status' | 'names'>, body: string): Health | null {
  // LM Studio answers 200 for a route that it does not have.
  if (status === 200) return body.includes('Unexpected endpoint or method') ? 'absent' : 'ok';
  if (status === 503 && names.includes('unavailable_error')) return 'loading';
  // 401 and 403: what stands in front of the server lets only the API through, which will say whether the key is right.
  return [401, 403, 404, 405, 501].includes(status) ? 'absent' : null;
}

/** Asks for the health of a server. Rejects with a ModelPoolError, or with the signal's reason. */
export async function askHealth(
  { origin, headers, agent, clock }: HttpServer,
  root: string,
  signal: AbortSignal,
): Promise<Health> {
  try {
    const answer = await agent.request({ origin, path: `${root}/health`, method: 'GET', headers, signal });
    const body = await readWhole(answer);
    const told = readErrorAnswer(answer.statusCode, body, headerOf(answer), clock.now());
    const health = readHealth(told, body);
    if (health === null) throw failureOfAnswer(told);
    return health;
  } catch (error) {
    signal.throwIfAborted();
    throw failureOfTransport(error, false);
  }
}
