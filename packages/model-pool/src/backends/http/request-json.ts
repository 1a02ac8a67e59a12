import type { Agent, Dispatcher } from 'undici';
import { poolError } from '../../calls/call-error.js';
import type { Clock, JsonObject } from '../../types.js';
import { failureOfAnswer, failureOfTransport, readErrorAnswer } from './failures.js';

/** Largest answer that is read where it may be long, bytes. */
export const answerLimitBytes = 64 * 1024 * 1024;

/** Largest answer that is read where it is short, bytes. */
const shortLimitBytes = 8 * 1024 * 1024;

/** What a request needs of its server. */
export interface HttpServer {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Headers of every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Connections. */
  readonly agent: Agent;
  /** Time. */
  readonly clock: Clock;
}

/** A request whose answer is one object. */
export interface JsonRequest {
  /** HTTP method. */
  readonly method: 'GET' | 'POST';
  /** Path on the server. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: JsonObject | undefined;
  /** Closes the socket. */
  readonly signal: AbortSignal;
  /** Largest answer, bytes. @defaultValue 8 MB */
  readonly mostBytes?: number | undefined;
}

/** Reads headers of an answer by their names in lower case. */
export function headerOf({ headers }: Pick<Dispatcher.ResponseData, 'headers'>): (name: string) => string | null {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? (value[0] ?? null) : (value ?? null);
  };
}

/** The whole body as text. @throws ModelPoolError `stream-broken` beyond the limit */
export async function readWhole(
  { body }: Pick<Dispatcher.ResponseData, 'body'>,
  mostBytes = shortLimitBytes,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > mostBytes)
      throw poolError('stream-broken', `the answer is larger than ${mostBytes} bytes`, {
        details: { fault: 'answer-too-long' },
      });
    parts.push(part);
  }
  return Buffer.concat(parts, bytes).toString('utf8');
}

/** Whether a body has an object in it that tells of a failure. */
function readObject(text: string): { value: JsonObject; isError: boolean } {
  const value: unknown = JSON.parse(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new SyntaxError('no object');
  return { value: value as JsonObject, isError: 'error' in value && value.error !== null };
}

/**
 * Sends a request and reads its answer. The connection stays open until the answer is whole: with some servers, leaving ends
 * what was asked for. Rejects with a ModelPoolError, or with the signal's reason once it is aborted.
 */
export async function requestJson(
  { origin, headers, agent, clock }: HttpServer,
  { method, path, body, signal, mostBytes }: JsonRequest,
): Promise<JsonObject> {
  try {
    const answer = await agent.request({
      ...{ origin, path, method, signal },
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        'accept-encoding': 'identity',
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await readWhole(answer, mostBytes);
    if (answer.statusCode === 200) {
      const { value, isError } = readObject(text);
      if (!isError) return value;
    }
    // LM Studio answers 200 for a route that it does not have.
    const hasNoRoute = answer.statusCode === 200 && text.includes('Unexpected endpoint or method');
    const status = answer.statusCode !== 200 ? answer.statusCode : hasNoRoute ? 404 : 500;
    throw failureOfAnswer(readErrorAnswer(status, text, headerOf(answer), clock.now()));
  } catch (error) {
    signal.throwIfAborted();
    throw failureOfTransport(error, false);
  }
}
