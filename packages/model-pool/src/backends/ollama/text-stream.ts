import { poolError } from '../../calls/call-error.js';
import type { JsonObject } from '../../types.js';
import type { TextEnd, TextRequest, TextSink } from '../backend.js';
import { failureOfLine } from '../http/failures.js';
import type { HttpServer } from '../http/request-json.js';
import { streamObjects } from '../http/stream-objects.js';
import { plainName } from '../model-name.js';
import { NdjsonReader } from './ndjson.js';
import { readCounts, readEnd, readText, readToolCalls, textBody } from './wire.js';

/** Reads one answer object by object and knows whether it ended as it must. */
class AnswerReader {
  readonly #model: string;
  readonly #sink: TextSink;
  /** The name that was checked last. */
  #known: unknown = undefined;
  #hasOutput = false;
  #end: TextEnd | null = null;

  constructor(model: string, sink: TextSink) {
    this.#model = plainName(model).toLowerCase();
    this.#sink = sink;
  }

  /** Takes an object over. A promise asks to wait with the next one. */
  take(line: JsonObject): Promise<void> | undefined {
    if (typeof line.error === 'string') throw failureOfLine(line.error, this.#hasOutput);
    if (this.#end !== null) {
      throw poolError('stream-broken', 'the answer goes on after its end', { details: { fault: 'second-end' } });
    }
    if (line.model !== this.#known) this.#checkModel(line.model);
    this.#sink.started();
    readCounts(line, this.#sink.counts);
    const { text, thinking } = readText(line);
    const toolCalls = readToolCalls(line);
    this.#hasOutput ||= text !== '' || thinking !== '' || toolCalls.length > 0;
    if (line.done === true) this.#end = readEnd(line);
    let room = thinking === '' ? undefined : this.#sink.piece('thinking', thinking);
    if (text !== '') room = this.#sink.piece('text', text) ?? room;
    for (const toolCall of toolCalls) room = this.#sink.toolCall(toolCall) ?? room;
    return room;
  }

  #checkModel(model: unknown): void {
    if (typeof model === 'string' && plainName(model).toLowerCase() !== this.#model) {
      throw poolError(
        'stream-broken',
        `the answer comes from ${model.slice(0, 100)}, another model than the one asked`,
        {
          details: { fault: 'wrong-model' },
        },
      );
    }
    this.#known = model;
  }

  finish(): TextEnd {
    if (this.#end !== null) return this.#end;
    throw poolError('stream-broken', 'the answer stopped without its end', { details: { fault: 'no-end' } });
  }
}

/** What a request for text needs of its server. */
export interface TextRoute {
  /** Connections. */
  readonly server: HttpServer;
  /** Path of the API's root; empty for that of the server. */
  readonly root: string;
}

/** Sends a request for text and reads the answer. */
export async function streamText({ server, root }: TextRoute, request: TextRequest, sink: TextSink): Promise<TextEnd> {
  const reader = new AnswerReader(request.profile.model, sink);
  const { signal, firstTokenMs, stallMs } = request;
  const { path, body } = textBody(request);
  const sent = { path: root + path, body, signal, firstTokenMs, stallMs };
  await streamObjects(server, sent, new NdjsonReader(), (line) => reader.take(line));
  return reader.finish();
}
