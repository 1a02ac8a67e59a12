import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { ExchangeFacts, WireAnswer } from '../wire/answer.js';
import { failureOf, timedOut } from '../wire/failure.js';

/** One HTTP exchange on a connection of its own. */
export interface LightRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly facts: ExchangeFacts;
}

/** An answer whose body is still to be read; `close` ends the connection and with it the work. */
export interface OpenAnswer extends WireAnswer {
  close(): void;
  /** Starts the time limit anew. */
  restart(): void;
  /** From here on only the signal ends the exchange. */
  endTimeLimit(): void;
  /** What an error thrown while reading means. */
  failure(error: unknown): Error;
}

/** Sends a request and resolves with the head of the answer. */
export async function openRequest(request: LightRequest): Promise<OpenAnswer> {
  const { facts, timeoutMs } = request;
  const limit = new AbortController();
  const signal = AbortSignal.any([limit.signal, ...(request.signal ? [request.signal] : [])]);
  let timer: NodeJS.Timeout | undefined;
  const endTimeLimit = () => clearTimeout(timer);
  const restart = () => {
    endTimeLimit();
    timer = setTimeout(() => limit.abort(timedOut(timeoutMs, facts)), timeoutMs);
  };
  const failure = (error: unknown) => failureOf(error, signal, facts);
  restart();
  try {
    const incoming = await send(request, signal);
    return {
      status: incoming.statusCode ?? 0,
      header: (name) => incoming.headers[name] as string | undefined,
      body: incoming,
      restart,
      endTimeLimit,
      failure,
      close() {
        endTimeLimit();
        incoming.destroy();
      },
    };
  } catch (error) {
    endTimeLimit();
    throw failure(error);
  }
}

async function send({ url, method, headers, body }: LightRequest, signal: AbortSignal): Promise<IncomingMessage> {
  signal.throwIfAborted();
  // loaded only where it is needed: TLS costs a short process a tenth of its time
  const request = url.protocol === 'https:' ? (await import('node:https')).request : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false, signal }, resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
