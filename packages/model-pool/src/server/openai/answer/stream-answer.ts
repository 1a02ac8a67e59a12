import type { ServerResponse } from 'node:http';
import { poolError } from '../../../calls/call-error.js';
import { ModelPoolError } from '../../../errors.js';
import type { CallEvent } from '../../../events.js';
import type { CallEnd, CallStart } from '../../../types.js';
import { SseWriter } from '../../http/sse-writer.js';
import type { RouteParts } from '../../route.js';
import type { RequestedCall } from '../request/requested-call.js';
import { answerHeaders } from './answer-headers.js';
import type { AnswerChunks, AnswerShape } from './answer-shape.js';
import { finishReason } from './answer-usage.js';
import { toOpenAiError } from './openai-error.js';
import { WaitingNotes } from './waiting-notes.js';

/** How an answer is streamed. */
export interface StreamOptions extends Pick<RequestedCall, 'includesUsage' | 'isOneTool'> {
  /** How its parts look. */
  readonly shape: AnswerShape;
  /** The handler's. */
  readonly parts: RouteParts;
}

/**
 * Streams a call as OpenAI does. The stream is opened by its first piece, or once a wait has lasted: before that a failure
 * has a status, afterwards it is the last event, and no `[DONE]` follows.
 */
export async function streamAnswer(
  events: AsyncIterable<CallEvent>,
  response: ServerResponse,
  options: StreamOptions,
): Promise<void> {
  const stream = new AnswerStream(response, options);
  try {
    for await (const event of events) {
      const room = stream.take(event);
      if (room !== undefined) await room;
    }
    stream.end();
  } catch (error) {
    stream.fail(error);
  }
}

class AnswerStream {
  readonly #options: StreamOptions;
  readonly #writer: SseWriter;
  readonly #notes: WaitingNotes;
  #requestId: string | null = null;
  #start: CallStart | null = null;
  #end: CallEnd | null = null;
  #chunks: AnswerChunks | null = null;

  constructor(response: ServerResponse, options: StreamOptions) {
    const { clock, keepAliveMs } = options.parts;
    this.#options = options;
    const headers = () => answerHeaders(this.#start, this.#requestId);
    this.#writer = new SseWriter(response, { clock, keepAliveMs, headers });
    this.#notes = new WaitingNotes(this.#writer, clock);
  }

  /** Takes an event over. A promise asks to wait with the next one. */
  take(event: CallEvent): Promise<void> | undefined {
    this.#requestId = event.requestId;
    switch (event.type) {
      case 'call-queued':
      case 'model-load':
        this.#notes.add(event);
        return undefined;
      case 'call-start':
        this.#start = event;
        return undefined;
      case 'text-delta':
        return this.#write((chunks) => chunks.text(event.text));
      case 'thinking-delta':
        return this.#write((chunks) => chunks.thinking(event.text));
      case 'tool-call':
        if (this.#options.isOneTool && event.index > 0) return undefined;
        return this.#write((chunks) => chunks.toolCall(event.index, event));
      case 'call-fallback':
        return undefined; // nothing was sent of what failed: the call is not replayable
      case 'call-end':
        this.#end = event;
        return undefined;
    }
  }

  /** Ends the stream after its call. @throws ModelPoolError `stream-broken` where the call did not end */
  end(): void {
    const end = this.#end;
    if (end === null) throw poolError('stream-broken', 'the call ended without its last event');
    void this.#write((chunks) => `${chunks.end(finishReason(end))}${chunks.usage(end.usage)}data: [DONE]\n\n`);
    this.#writer.end();
  }

  /** Ends the stream with an error; throws it where the stream has not begun. */
  fail(error: unknown): void {
    this.#notes.stop();
    if (!this.#writer.isOpen) {
      this.#writer.abandon();
      throw error;
    }
    if (!ModelPoolError.isInstance(error)) this.#options.parts.logger.error({ error }, 'a stream failed');
    void this.#writer.write(`data: ${JSON.stringify(toOpenAiError(error).body)}\n\n`);
    this.#writer.end();
  }

  #write(part: (chunks: AnswerChunks) => string): Promise<void> | undefined {
    if (this.#chunks !== null) return this.#writer.write(part(this.#chunks));
    this.#notes.stop();
    const { shape, includesUsage, parts } = this.#options;
    const { requestId = '', model = '', startedAtMs = parts.clock.now() } = this.#start ?? {};
    const chunks = shape.chunks({ requestId, model, createdSeconds: Math.floor(startedAtMs / 1000) }, includesUsage);
    this.#chunks = chunks;
    return this.#writer.write(chunks.first() + part(chunks));
  }
}
