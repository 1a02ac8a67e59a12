import { poolError } from '../../calls/call-error.js';
import type { ModelPoolError } from '../../errors.js';
import type { JsonObject } from '../../types.js';
import type { TextEnd, TextSink } from '../backend.js';
import { failureOfLine } from '../http/failures.js';
import { doneMark } from './chunk-reader.js';
import { isOtherModel } from './models.js';
import { ToolCallParts } from './tool-call-parts.js';
import { readTimes, readUsage } from './usage.js';

const broken = (fault: string, message: string): ModelPoolError =>
  poolError('stream-broken', message, { details: { fault } });

/** Ends with which the server says that it gave up. */
const failedEnds = new Set(['abort', 'aborted', 'cancelled', 'error']);

/** Text of a piece. Anything but text would be lost. */
function readPiece(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw broken('bad-piece', 'a piece of the answer is no text');
}

/** Reads one answer chunk by chunk and knows whether it ended as it must. */
export class AnswerReader {
  readonly #model: string;
  readonly #listed: ReadonlySet<string>;
  readonly #sink: TextSink;
  readonly #toolCalls = new ToolCallParts();
  #answering: string | null = null;
  #hasOutput = false;
  #isHollow = false;
  #finishReason: string | null = null;
  #isDone = false;
  #times: TextEnd['times'] = null;

  /** @param listed - names of all models of the server, as far as known */
  constructor(model: string, listed: ReadonlySet<string>, sink: TextSink) {
    this.#model = model;
    this.#listed = listed;
    this.#sink = sink;
  }

  /** Takes a chunk over. A promise asks to wait with the next one. */
  take(chunk: JsonObject): Promise<void> | undefined {
    if (this.#isDone) throw broken('second-end', 'the answer goes on after its end');
    if (chunk === doneMark) return this.#takeEnd();
    if (chunk.error !== undefined && chunk.error !== null) throw failureOfLine(chunk.error, this.#hasOutput);
    this.#checkModel(chunk.model);
    this.#sink.started();
    readUsage(chunk, this.#sink.counts);
    this.#times = readTimes(chunk) ?? this.#times;
    const [choice] = Array.isArray(chunk.choices) ? (chunk.choices as JsonObject[]) : [];
    return choice === undefined ? undefined : this.#takeChoice(choice, chunk.model === '');
  }

  /** How it ended. @throws ModelPoolError `stream-broken` */
  finish(): TextEnd {
    if (!this.#isDone || this.#finishReason === null) {
      // Ollama writes a failure of its model as a chunk in which everything is empty.
      throw this.#isHollow
        ? broken('swallowed-error', 'the model failed in the middle of the answer')
        : broken('no-end', 'the answer stopped without its end');
    }
    const isCut = this.#finishReason === 'length';
    const finishReason = !this.#toolCalls.isEmpty && !isCut ? 'tool-calls' : isCut ? 'length' : 'stop';
    return { finishReason, times: this.#times };
  }

  #checkModel(model: unknown): void {
    if (typeof model !== 'string' || model === '' || model === this.#answering) return;
    if (this.#answering !== null || isOtherModel(this.#model, model, this.#listed))
      throw broken('wrong-model', `the answer comes from ${model.slice(0, 100)}, another model than the one asked`);
    this.#answering = model;
  }

  #takeChoice(choice: JsonObject, isNameless: boolean): Promise<void> | undefined {
    const delta = (choice.delta ?? {}) as JsonObject;
    const thinking = readPiece(delta.reasoning_content ?? delta.reasoning);
    const text = readPiece(delta.content) + readPiece(delta.refusal);
    const hasToolCalls = this.#toolCalls.add(delta.tool_calls);
    const reason = choice.finish_reason;
    if (text !== '' || thinking !== '' || hasToolCalls) {
      if (this.#finishReason !== null) throw broken('second-end', 'the answer goes on after its end');
      this.#hasOutput = true;
    } else this.#isHollow ||= isNameless && !reason;
    if (typeof reason === 'string' && reason !== '') this.#takeReason(reason);
    let room = thinking === '' ? undefined : this.#sink.piece('thinking', thinking);
    if (text !== '') room = this.#sink.piece('text', text) ?? room;
    return room;
  }

  #takeReason(reason: string): void {
    if (failedEnds.has(reason)) throw broken('failed-end', `the server ended the answer with ${reason}`);
    if (reason === 'content_filter')
      throw poolError('rejected', 'the filter of the server cut the answer', { details: { fault: 'content-filter' } });
    this.#finishReason ??= reason;
  }

  /** Calls are handed over only now: after one, the answer cannot begin again elsewhere. */
  #takeEnd(): Promise<void> | undefined {
    this.#isDone = true;
    if (this.#finishReason === null) return undefined;
    if (this.#finishReason === 'tool_calls' && this.#toolCalls.isEmpty)
      throw broken('no-tool-call', 'the answer ends with tool calls but has none');
    let room: Promise<void> | undefined;
    for (const toolCall of this.#toolCalls.finish(this.#finishReason === 'length'))
      room = this.#sink.toolCall(toolCall) ?? room;
    return room;
  }
}
