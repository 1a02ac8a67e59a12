import type { Agent, Dispatcher } from 'undici';
import { poolError } from '../../calls/call-error.js';
import type { Clock, JsonObject } from '../../types.js';
import type { TextEnd, TextRequest, TextSink } from '../backend.js';
import { readErrorBody } from './client.js';
import { failureOfAnswer, failureOfLine, failureOfTransport } from './failures.js';
import { NdjsonReader } from './ndjson.js';
import { Watchdog } from './watchdog.js';
import { plainName, readCounts, readEnd, readText, textBody } from './wire.js';

/** Largest answer that is read, bytes. */
const answerLimitBytes = 64 * 1024 * 1024;

/** What a stream needs of its server. */
export interface StreamServer {
  /** Base of the API. */
  readonly url: string;
  /** Headers of every request. */
  readonly headers: Record<string, string>;
  /** Connections. */
  readonly agent: Agent;
  /** Time. */
  readonly clock: Clock;
}

type Answer = Dispatcher.ResponseData;

async function checkAnswer(answer: Answer): Promise<void> {
  const header = (name: string) => {
    const value = answer.headers[name];
    return Array.isArray(value) ? (value[0] ?? null) : (value ?? null);
  };
  if (answer.statusCode !== 200) {
    const message = readErrorBody(await answer.body.text());
    throw failureOfAnswer({ status: answer.statusCode, message, retryAfter: header('retry-after') });
  }
  const type = header('content-type') ?? '';
  const encoding = header('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw poolError('stream-broken', `the answer is encoded as ${encoding}, which was not asked for`, {
      details: { fault: 'content-encoding' },
    });
  }
  if (/html/.test(type)) {
    throw poolError('stream-broken', 'the answer is a web page: is a proxy in the way?', {
      details: { fault: 'html' },
    });
  }
}

/** Reads one answer object by object and knows whether it ended as it must. */
class AnswerReader {
  readonly #model: string;
  readonly #sink: TextSink;
  #hasText = false;
  #end: TextEnd | null = null;

  constructor(model: string, sink: TextSink) {
    this.#model = plainName(model).toLowerCase();
    this.#sink = sink;
  }

  /** Takes an object over. A promise asks to wait with the next one. */
  take(line: JsonObject): Promise<void> | undefined {
    if (typeof line.error === 'string') throw failureOfLine(line.error, this.#hasText);
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
    this.#hasText ||= text !== '' || thinking !== '';
    if (line.done === true) this.#end = readEnd(line);
    const afterThinking = thinking === '' ? undefined : this.#sink.piece('thinking', thinking);
    return (text === '' ? undefined : this.#sink.piece('text', text)) ?? afterThinking;
  }

  finish(): TextEnd {
    if (this.#end !== null) return this.#end;
    throw poolError('stream-broken', 'the answer stopped without its end', { details: { fault: 'no-end' } });
  }
}

/** Sends a request for text and reads the answer. The socket is closed on every way out but the good one. */
export async function streamText(server: StreamServer, request: TextRequest, sink: TextSink): Promise<TextEnd> {
  const { path, body } = textBody(request);
  const controller = new AbortController();
  const onAbort = () => controller.abort(request.signal.reason);
  if (request.signal.aborted) onAbort();
  else request.signal.addEventListener('abort', onAbort, { once: true });
  let started = false;
  const watchdog = new Watchdog(server.clock, request.firstTokenMs, () => {
    const error = started
      ? poolError('stalled', `the answer stalled for ${request.stallMs} ms`, { details: { stallMs: request.stallMs } })
      : poolError('first-token-timeout', `no answer began within ${request.firstTokenMs} ms`, {
          details: { firstTokenMs: request.firstTokenMs },
        });
    controller.abort(error);
  });
  const reader = new AnswerReader(request.profile.model, sink);
  try {
    const answer = await server.agent.request({
      origin: server.url,
      path,
      method: 'POST',
      headers: { ...server.headers, 'content-type': 'application/json', 'accept-encoding': 'identity' },
      body: JSON.stringify(body),
      signal: controller.signal,
    });
    try {
      await checkAnswer(answer);
      const lines = new NdjsonReader();
      let bytes = 0;
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        watchdog.touch();
        bytes += chunk.length;
        if (bytes > answerLimitBytes)
          throw poolError('stream-broken', `the answer is larger than ${answerLimitBytes} bytes`, {
            details: { fault: 'answer-too-long' },
          });
        for (const line of lines.push(chunk)) {
          const room = reader.take(line);
          if (room !== undefined) await room;
          if (!started) watchdog.change(request.stallMs);
          started = true;
        }
        // A reader that lags is no stall of the server.
        watchdog.touch();
      }
      const last = lines.end();
      if (last !== null) await reader.take(last);
      return reader.finish();
    } finally {
      answer.body.on('error', () => {});
      answer.body.destroy();
    }
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    throw failureOfTransport(error, started);
  } finally {
    watchdog.stop();
    request.signal.removeEventListener('abort', onAbort);
  }
}
