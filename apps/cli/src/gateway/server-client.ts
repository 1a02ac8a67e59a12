import { callTool, getJson, McpTransportError, readEvents } from '@tale/mcp-transport/light';
import { CommandError } from '../command-error.js';
import { openPost, readPostText } from './post.js';
import { readServerEvents } from './server-events.js';

/** Where a server is and what it accepts. */
export interface ServerAddress {
  readonly name: string;
  readonly url: string;
  readonly token: string;
}

/** Options of one request. */
export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** An event as it came over the wire. */
export interface WireEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** One of tale's servers. Every failure is a {@link CommandError}; an abort rejects with the signal's reason. */
export interface ServerClient {
  readonly address: ServerAddress;
  get<Answer>(path: string, options?: RequestOptions): Promise<Answer>;
  post<Answer>(path: string, body: object, options?: RequestOptions): Promise<Answer>;
  call<Answer>(tool: string, args: object, options?: RequestOptions & { idempotencyKey?: string }): Promise<Answer>;
  events(path: string, options?: RequestOptions): AsyncGenerator<WireEvent, void, undefined>;
  postEvents(path: string, body: object, options?: RequestOptions): AsyncGenerator<WireEvent, void, undefined>;
}

/** A client that opens a connection for each request, as fits a process that lives for a second. */
export function createServerClient(address: ServerAddress): ServerClient {
  const { url, token } = address;
  const fail = (error: unknown, options: RequestOptions) => {
    options.signal?.throwIfAborted();
    return toCommandError(error, address);
  };
  return {
    address,
    async get<Answer>(path: string, options: RequestOptions = {}) {
      try {
        return await getJson<Answer>({ url, token, path, ...options });
      } catch (error) {
        throw fail(error, options);
      }
    },
    async post<Answer>(path: string, body: object, options: RequestOptions = {}) {
      try {
        return JSON.parse(await readPostText(await openPost(address, path, body, options))) as Answer;
      } catch (error) {
        throw fail(error, options);
      }
    },
    async call<Answer>(tool: string, args: object, options: RequestOptions & { idempotencyKey?: string } = {}) {
      try {
        return await callTool<Answer>({ url, token, name: tool, args, ...options });
      } catch (error) {
        throw fail(error, options);
      }
    },
    async *events(path, options = {}) {
      try {
        for await (const { event, data } of readEvents({ url, token, path, ...options }))
          yield toWireEvent(event, data);
      } catch (error) {
        throw fail(error, options);
      }
    },
    async *postEvents(path, body, options = {}) {
      try {
        const answer = await openPost(address, path, body, options);
        for await (const { event, data } of readServerEvents(answer)) yield toWireEvent(event, data);
      } catch (error) {
        throw fail(error, options);
      }
    },
  };
}

function toWireEvent(event: string, data: string): WireEvent {
  const value = JSON.parse(data) as Record<string, unknown>;
  return { ...value, type: typeof value.type === 'string' ? value.type : event };
}

/** A failed request as the command's failure. */
export function toCommandError(error: unknown, { name, url }: ServerAddress): unknown {
  if (!McpTransportError.isInstance(error)) return error;
  if (error.envelope) return CommandError.from(error.envelope);
  const { cause, retryAfterMs } = { cause: error, retryAfterMs: error.retryAfterMs };
  switch (error.code) {
    case 'connect':
      return new CommandError('servers-down', `The ${name} server does not answer at ${url}.`, {
        cause,
        retryable: true,
        hint: 'tale servers start',
      });
    case 'timeout':
    case 'stream-lost':
      return new CommandError('connection-lost', `The connection to the ${name} server was lost: ${error.message}.`, {
        cause,
        retryable: true,
      });
    case 'unauthorized':
      return new CommandError('unauthorized', `The ${name} server does not accept the token of runtime.json.`, {
        cause,
        hint: 'tale servers stop, then tale servers start',
      });
    case 'forbidden':
      return new CommandError('forbidden', `The ${name} server refuses this command.`, { cause });
    case 'overloaded':
      return new CommandError('overloaded', `The ${name} server takes no more work at the moment.`, {
        cause,
        retryable: true,
        retryAfterMs,
      });
    case 'too-large':
      return new CommandError('too-large', `An answer or request of the ${name} server is too large.`, { cause });
    default:
      return new CommandError('internal', `The ${name} server answered unexpectedly: ${error.message}.`, {
        cause,
        hint: 'if the servers are of another version: tale servers stop, then tale servers start',
      });
  }
}
