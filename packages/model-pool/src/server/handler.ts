import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import { poolError, toCallError } from '../calls/call-error.js';
import type { CallEvent } from '../events.js';
import type { ModelPool } from '../pool.js';
import { silentLogger, systemClock } from '../system.js';
import type { CallRequest, Clock, Logger } from '../types.js';
import { readJson, sendError, sendJson, toEnvelope } from './http-answer.js';
import { callBody, modelBody } from './request-schema.js';
import { SseWriter } from './sse-writer.js';

/** What of a pool is served. */
export type ServedPool = Pick<
  ModelPool,
  'call' | 'status' | 'explain' | 'subscribe' | 'load' | 'unload' | 'pin' | 'pull'
>;

/** Options of {@link createPoolHandler}. */
export interface PoolHandlerOptions {
  /** Who failed, in error envelopes. @defaultValue `models` */
  readonly source?: string | undefined;
  /** Largest body, bytes. @defaultValue `16777216` */
  readonly maxBodyBytes?: number | undefined;
  /** How often a silent stream shows that it lives, ms. @defaultValue `15000` */
  readonly keepAliveMs?: number | undefined;
  /** Time. @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** Told of the cause where the answer says only that the server failed. @defaultValue silent */
  readonly logger?: Logger | undefined;
}

/** Answers a request and resolves with `true`, or leaves it alone and resolves with `false`: not a route of the pool. */
export type PoolHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Ends when the client leaves. */
  readonly signal: AbortSignal;
}

function parse<Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw poolError('rejected', issue === undefined ? 'the body is not valid' : describeIssue(issue));
}

/** zod/mini brings no words of its own. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path.length === 0 ? 'the body' : issue.path.join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${place} has options that are not known: ${issue.keys.join(', ')}`;
    case 'invalid_type':
      return `${place} must be of type ${issue.expected}`;
    case 'invalid_value':
      return `${place} must be one of ${issue.values.map(String).join(', ')}`;
    default:
      return `${place} is not valid`;
  }
}

/**
 * Turns a pool into a request handler: `POST /v1/calls` streams a call, `GET /v1/calls` every event, `GET /v1/calls/<id>`
 * explains, `GET /v1/pool` is the state, `POST /v1/pool/{load,unload,pin,pull}` manage models. It asks for no token and
 * trusts every Host: put a guard in front.
 */
export function createPoolHandler(pool: ServedPool, options: PoolHandlerOptions = {}): PoolHandler {
  const { source = 'models', maxBodyBytes = 16 * 1024 * 1024, keepAliveMs = 15_000 } = options;
  const { clock = systemClock, logger = silentLogger } = options;
  const stream = (response: ServerResponse) => new SseWriter(response, clock, keepAliveMs);

  const call = async ({ request, response, signal }: Exchange) => {
    const body = parse(callBody, await readJson(request, maxBodyBytes));
    const events = pool.call({ ...(body as CallRequest), signal });
    const writer = stream(response);
    let last: CallEvent | null = null;
    try {
      for await (const event of events) {
        if (event.type === 'call-end') last = event;
        await writer.send(event.type, event);
      }
      if (last?.type === 'call-end')
        await writer.send('request-end', { requestId: last.requestId, callId: last.callId });
    } catch (error) {
      await writer.send('request-error', toCallError(error));
    }
    writer.end();
  };

  const listen = async ({ response, signal }: Exchange) => {
    const writer = stream(response);
    const unsubscribe = pool.subscribe((event) => writer.offer(event.type, event));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    unsubscribe();
  };

  const pull = async ({ request, response, signal }: Exchange) => {
    const { model, backend } = parse(modelBody, await readJson(request, maxBodyBytes));
    const writer = stream(response);
    try {
      await pool.pull(model, { signal, backend, onProgress: (progress) => writer.offer('pull-progress', progress) });
      await writer.send('request-end', { model });
    } catch (error) {
      await writer.send('request-error', toCallError(error));
    }
    writer.end();
  };

  const manage =
    (action: 'load' | 'unload' | 'pin') =>
    async ({ request, response, signal }: Exchange) => {
      const { model } = parse(modelBody, await readJson(request, maxBodyBytes));
      sendJson(response, 200, await pool[action](model, { signal }));
    };

  const routes: Readonly<Record<string, (exchange: Exchange) => Promise<void> | void>> = {
    'POST /v1/calls': call,
    'GET /v1/calls': listen,
    'GET /v1/pool': ({ response }) => sendJson(response, 200, pool.status()),
    'POST /v1/pool/load': manage('load'),
    'POST /v1/pool/unload': manage('unload'),
    'POST /v1/pool/pin': manage('pin'),
    'POST /v1/pool/pull': pull,
  };

  return async (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const explained = request.method === 'GET' ? /^\/v1\/calls\/([0-9A-Za-z_-]+)$/.exec(path)?.[1] : undefined;
    const route = explained === undefined ? routes[`${request.method} ${path}`] : undefined;
    if (route === undefined && explained === undefined) return false;
    // The client left before its request came here: `close` does not happen a second time.
    if (response.destroyed) return true;
    const controller = new AbortController();
    response.on('close', () => controller.abort(new Error('the client left')));
    try {
      if (explained !== undefined) sendJson(response, 200, pool.explain(explained));
      await route?.({ request, response, signal: controller.signal });
    } catch (error) {
      const envelope = toEnvelope(error, source);
      if (envelope.code === 'internal' && !response.destroyed)
        logger.error({ error, method: request.method, path }, 'a request failed');
      sendError(response, envelope);
    }
    return true;
  };
}
