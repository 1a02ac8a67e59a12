import { Pool } from 'undici';
import { follow } from '../abort.js';
import { McpTransportError } from '../errors.js';
import type { Send } from '../links/link.js';
import type { Clock, Implementation } from '../types.js';
import { readAnswer, type WireAnswer } from './answer.js';
import { failureOf } from './failure.js';
import { modernBody, modernHeaders } from './modern.js';

/** The end of the chain: requests of the modern era on kept-alive connections to one server. */
export interface UndiciWire {
  readonly send: Send;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Silence of a stream after which it is dead: three keep-alives of the server. */
const silenceMs = 45_000;
/** How long an answered stream may take to end before its connection is given up. */
const lingerMs = 1_000;

/** Opens connections to the server as they are needed, at most `connections`. */
export function createUndiciWire(
  endpoint: URL,
  options: { readonly connections: number; readonly clock: Clock; readonly client: Implementation },
): UndiciWire {
  const { connections, clock, client } = options;
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(endpoint.hostname);
  const pool = new Pool(endpoint.origin, {
    connections,
    pipelining: 1,
    headersTimeout: 0, // our own time limits rule
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
    connect: { timeout: isLoopback ? 2_000 : 10_000 },
  });
  let lastId = 0;
  const send: Send = async (operation) => {
    const { server, method, attempt, params, idempotencyKey, token, onProgress } = operation;
    const facts = { server, method, attempt };
    lastId += 1;
    const id = lastId;
    const controller = new AbortController();
    const release = follow(controller, [operation.signal]);
    try {
      const response = await pool.request({
        path: endpoint.pathname + endpoint.search,
        method: 'POST',
        headers: modernHeaders(method, params.name, token),
        body: modernBody({ id, method, params, client, idempotencyKey, progressToken: onProgress && id }),
        signal: controller.signal,
      });
      const answer: WireAnswer = {
        status: response.statusCode,
        header: (name) => {
          const value = response.headers[name];
          return Array.isArray(value) ? value[0] : value;
        },
        body: watch(response.body, clock),
      };
      return await readAnswer(answer, { id, facts, onProgress });
    } catch (error) {
      const failure = failureOf(error, controller.signal, facts);
      controller.abort(failure); // whatever the server still does for this request, nobody waits for it
      throw failure;
    } finally {
      release();
    }
  };
  return { send, close: () => pool.destroy() };
}

/** A body that fails after a long silence, and that is read to its end when the reader has what it wants. */
function watch(body: AsyncIterable<Uint8Array> & { destroy(error?: Error): unknown }, clock: Clock) {
  const chunks = body[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      const cancel = clock.after(silenceMs, () => {
        const options = { retryable: true, mayHaveRun: true };
        body.destroy(new McpTransportError('stream-lost', `nothing came for ${silenceMs} ms`, options));
      });
      try {
        return await chunks.next();
      } finally {
        cancel();
      }
    },
    async return() {
      const cancel = clock.after(lingerMs, () => body.destroy());
      const readToEnd = async () => {
        while (!(await chunks.next()).done);
      };
      readToEnd()
        .catch(() => {})
        .finally(cancel);
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
