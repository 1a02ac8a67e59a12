import { Agent, request } from 'undici';
import type { JsonObject } from '../../../types.js';
import type { Capabilities } from '../skip-reason.js';

/** What not every server has. */
export type BackendCapability =
  | 'embeddings'
  | 'tools'
  | 'thinking'
  | 'plain-model'
  | 'json'
  | 'schema'
  | 'systemone'
  | 'tokenize'
  | 'pull'
  | 'reload'
  | 'truncation'
  | 'single-slot'
  | 'small-queue'
  | 'memory-check'
  | 'host-check'
  | 'model-names';

/** What a server has. */
export type BackendCapabilities = Capabilities<BackendCapability>;

/** A server with Ollama's API. */
export interface BackendTarget {
  /** Where it listens. */
  readonly url: string;
  /** An installed chat model. */
  readonly model: string;
  /** Bearer token. */
  readonly token?: string | undefined;
  /** A model that makes vectors, for `embeddings`. @defaultValue `model` */
  readonly embedModel?: string | undefined;
  /** A model that calls tools, for `tools`. @defaultValue `model` */
  readonly toolModel?: string | undefined;
  /** A model that thinks unless it is told not to, for `thinking`. @defaultValue `model` */
  readonly thinkingModel?: string | undefined;
  /** A chat model that neither thinks nor calls tools, for `plain-model`. @defaultValue `model` */
  readonly plainModel?: string | undefined;
  /** A model that is not installed and can be fetched, for `pull`; it is deleted in the end. */
  readonly pullableModel?: string | undefined;
  /** An installed chat model that the memory does not hold, for `memory-check`. @defaultValue `model` */
  readonly largeModel?: string | undefined;
}

/** An answer of the server. */
export interface BackendAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Content type. */
  readonly type: string;
  /** The body. */
  readonly text: string;
  /** The objects of the body, one per line; none where it is no JSON. */
  readonly lines: readonly JsonObject[];
  /** The first of them; empty where there is none. */
  readonly first: JsonObject;
  /** The last of them; empty where there is none. */
  readonly last: JsonObject;
}

/** A request to the server. */
export interface BackendRequest {
  /** Sent as JSON, a string as it is. */
  readonly body?: JsonObject | string | undefined;
  /** HTTP method. @defaultValue `POST` with a body, else `GET` */
  readonly method?: 'GET' | 'POST' | 'DELETE' | undefined;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Closes the connection. */
  readonly signal?: AbortSignal | undefined;
}

/** What the cases work with. */
export interface BackendSession {
  /** The server. */
  readonly target: Required<{ [Key in keyof BackendTarget]: string }>;
  /** Sends a request and reads the whole answer. */
  send(path: string, request?: BackendRequest): Promise<BackendAnswer>;
  /** `POST` of an object. */
  post(path: string, body: JsonObject, signal?: AbortSignal): Promise<BackendAnswer>;
}

/** A case: something that the pool relies on. */
export interface BackendCase {
  /** A sentence about behaviour. */
  readonly name: string;
  /** What a server needs for it; `null` = every server passes it. */
  readonly needs: BackendCapability | null;
  /** Rejects where the server behaves in another way. */
  run(target: BackendTarget): Promise<void>;
}

function parseLines(text: string, type: string): JsonObject[] {
  if (!/json/.test(type)) return [];
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as JsonObject);
}

async function withSession(target: BackendTarget, use: (session: BackendSession) => Promise<void>): Promise<void> {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  const { url, model, token = '' } = target;
  const send: BackendSession['send'] = async (path, { body, method, headers, signal } = {}) => {
    const answer = await request(new URL(path, url), {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      dispatcher: agent,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: typeof body === 'object' ? JSON.stringify(body) : (body ?? null),
      signal: signal ?? null,
    });
    const text = await answer.body.text();
    const type = String(answer.headers['content-type'] ?? '');
    const lines = parseLines(text, type);
    return { status: answer.statusCode, type, text, lines, first: lines[0] ?? {}, last: lines.at(-1) ?? {} };
  };
  try {
    await use({
      target: {
        url,
        model,
        token,
        embedModel: target.embedModel ?? model,
        toolModel: target.toolModel ?? model,
        thinkingModel: target.thinkingModel ?? model,
        plainModel: target.plainModel ?? model,
        pullableModel: target.pullableModel ?? '',
        largeModel: target.largeModel ?? model,
      },
      send,
      post: (path, body, signal) => send(path, { body, signal }),
    });
  } finally {
    await agent.destroy();
  }
}

/** Makes a case that every server passes. */
export function backendCase(name: string, run: (session: BackendSession) => Promise<void>): BackendCase {
  return { name, needs: null, run: (target) => withSession(target, run) };
}

/** Makes a case of servers with a capability. */
export function capableCase(
  needs: BackendCapability,
  name: string,
  run: (session: BackendSession) => Promise<void>,
): BackendCase {
  return { ...backendCase(name, run), needs };
}
