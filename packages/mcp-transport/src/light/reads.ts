import { McpTransportError } from '../errors.js';
import type { ServerSentEvent } from '../types.js';
import { isEventStream, readJson } from '../wire/answer.js';
import { createEventStreamParser } from '../wire/event-stream.js';
import { type OpenAnswer, openRequest } from './request.js';

/** A read with the token of the runtime file. */
export interface LightRead {
  /** Address of the server. */
  readonly url: string;
  /** Bearer token. @defaultValue none is sent */
  readonly token?: string;
  /** Path on the server, with its query. */
  readonly path: string;
  /** Ends the read. */
  readonly signal?: AbortSignal;
  /** Longest wait for the whole answer (of `readEvents`: for its head), ms. @defaultValue `10_000` */
  readonly timeoutMs?: number;
}

/** A read of an event stream. */
export interface LightEventRead extends LightRead {
  /** Id of the last event seen; the server goes on after it. */
  readonly lastEventId?: string;
}

const facts = { method: null };

/**
 * Reads a JSON document.
 * @throws {@link McpTransportError} with the envelope of an `{ error }` body; `connect`, `timeout`, `aborted`,
 * `stream-lost`, `unauthorized`, `forbidden`, `overloaded`, `protocol`, `too-large`
 */
export async function getJson<Document = unknown>(read: LightRead): Promise<Document> {
  const answer = await open(read, 'application/json');
  try {
    return (await readJson(answer, facts)) as Document;
  } catch (error) {
    throw answer.failure(error);
  } finally {
    answer.close();
  }
}

/**
 * Reads an event stream until the server ends it; leaving the loop closes the connection. A reader goes on with
 * `lastEventId` after a `stream-lost`.
 * @throws {@link McpTransportError} as {@link getJson}
 */
export async function* readEvents(read: LightEventRead): AsyncGenerator<ServerSentEvent, void, undefined> {
  const answer = await open(read, 'text/event-stream', read.lastEventId);
  try {
    if (answer.status !== 200 || !isEventStream(answer)) {
      await readJson(answer, facts);
      throw new McpTransportError('protocol', 'the answer is not an event stream', { status: 200 });
    }
    answer.endTimeLimit();
    const parser = createEventStreamParser();
    for await (const chunk of answer.body) yield* parser.push(chunk);
  } catch (error) {
    throw answer.failure(error);
  } finally {
    answer.close();
  }
}

function open(read: LightRead, accept: string, lastEventId?: string): Promise<OpenAnswer> {
  return openRequest({
    url: new URL(read.path, read.url),
    method: 'GET',
    headers: {
      accept,
      ...(read.token && { authorization: `Bearer ${read.token}` }),
      ...(lastEventId && { 'last-event-id': lastEventId }),
    },
    signal: read.signal,
    timeoutMs: read.timeoutMs ?? 10_000,
    facts,
  });
}
