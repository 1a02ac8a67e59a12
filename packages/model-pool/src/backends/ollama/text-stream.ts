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
    if (typeof line.model === 'string' && plainName(line.model).toLowerCase() !== this.#model) {
      throw poolError(
        'stream-broken',
        `the answer comes from ${line.model.slice(0, 100)}, another model than the one asked`,
        { details: { fault: 'wrong-model' } },
      );
    }
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

  finish(): TextEnd {
    if (this.#end !== null) return this.#end;
    throw poolError('stream-broken', 'the answer stopped without its end', { details: { fault: 'no-end' } });
  }
}

/** Sends a request for text and reads the answer. */
export async function streamText(server: HttpServer, request: TextRequest, sink: TextSink): Promise<TextEnd> {
  const reader = new AnswerReader(request.profile.model, sink);
  const { signal, firstTokenMs, stallMs } = request;
  await streamObjects(server, { ...textBody(request), signal, firstTokenMs, stallMs }, new NdjsonReader(), (line) =>
    reader.take(line),
  );
  return reader.finish();
}
