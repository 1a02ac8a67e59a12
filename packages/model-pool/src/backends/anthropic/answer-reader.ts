import { poolError } from '../../calls/call-error.js';
import type { JsonObject } from '../../types.js';
import type { ReportedCounts, TextEnd, TextSink } from '../backend.js';
import { readToolArguments } from '../tool-arguments.js';
import { failureOfEvent } from './failures.js';

interface OpenCall {
  readonly id: string;
  readonly name: string;
  /** Arguments that came with its start; some servers send no pieces. */
  readonly input: JsonObject;
  json: string;
}

const broken = (fault: string, message: string, details: JsonObject = {}) =>
  poolError('stream-broken', message, { details: { ...details, fault } });

const part = (value: unknown) => (value !== null && typeof value === 'object' ? (value as JsonObject) : {});
const text = (value: unknown) => (typeof value === 'string' ? value : '');
const isCut = (stopReason: string) => stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded';
const count = (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2 ** 40 ? value : null;

/** Takes over counts. The API counts cached tokens apart from the others; here they are part of the prompt. */
function readCounts(usage: JsonObject, counts: ReportedCounts, isFinal: boolean): void {
  const fresh = count(usage.input_tokens);
  const read = count(usage.cache_read_input_tokens);
  const written = count(usage.cache_creation_input_tokens);
  if (fresh !== null) counts.inputTokens = fresh + (read ?? 0) + (written ?? 0);
  counts.cacheReadTokens = read ?? counts.cacheReadTokens;
  counts.cacheWriteTokens = written ?? counts.cacheWriteTokens;
  if (!isFinal) return; // the count at the start is that of the first piece
  counts.outputTokens = count(usage.output_tokens) ?? counts.outputTokens;
  counts.reasoningTokens = count(part(usage.output_tokens_details).thinking_tokens) ?? counts.reasoningTokens;
}

/** Reads one answer event by event and knows whether it ended as it must. Events that it does not know are skipped. */
export class AnswerReader {
  readonly #sink: TextSink;
  readonly #calls = new Map<unknown, OpenCall>();
  #hasStarted = false;
  #hasOutput = false;
  #hasEnded = false;
  #stopReason = '';
  #stopDetails: JsonObject = {};
  /** A call that is whole unless the answer turns out to be cut right there. */
  #last: OpenCall | null = null;

  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  /** Takes an event over. A promise asks to wait with the next one. */
  take(event: JsonObject): Promise<void> | undefined {
    if (event.type === 'ping') return undefined;
    if (event.type === 'error') throw failureOfEvent(event, this.#hasOutput);
    if (this.#hasEnded) throw broken('second-end', 'the answer goes on after its end');
    if (event.type !== 'message_start' && !this.#hasStarted)
      throw broken('no-start', 'the answer does not begin with its start');
    switch (event.type) {
      case 'message_start':
        return this.#start(part(event.message));
      case 'content_block_start':
        return this.#open(event.index, part(event.content_block));
      case 'content_block_delta':
        return this.#delta(event.index, part(event.delta));
      case 'content_block_stop':
        return this.#stop(event.index);
      case 'message_delta':
        return this.#end(part(event.delta), part(event.usage));
      case 'message_stop':
        this.#hasEnded = true;
        return undefined;
      default:
        return undefined;
    }
  }

  /** How it ended. @throws ModelPoolError `stream-broken` where it did not, `rejected` where the model refused */
  finish(): TextEnd {
    if (!this.#hasEnded || this.#stopReason === '' || this.#calls.size > 0)
      throw broken('no-end', 'the answer stopped without its end');
    if (this.#stopReason === 'refusal') {
      const category = text(this.#stopDetails.category);
      const details = { reason: 'refusal', ...(category === '' ? {} : { category }) };
      throw poolError('rejected', 'the model refused to answer', { details });
    }
    const wholeReason = this.#stopReason === 'tool_use' ? 'tool-calls' : 'stop';
    const finishReason = isCut(this.#stopReason) ? 'length' : wholeReason;
    return { finishReason, times: null };
  }

  #start(message: JsonObject): undefined {
    if (this.#hasStarted) throw broken('second-start', 'the answer begins twice');
    this.#hasStarted = true;
    readCounts(part(message.usage), this.#sink.counts, false);
    this.#sink.started();
  }

  #open(index: unknown, block: JsonObject): Promise<void> | undefined {
    const room = this.#flush();
    if (block.type === 'tool_use')
      this.#calls.set(index, { id: text(block.id), name: text(block.name), input: part(block.input), json: '' });
    if (block.type === 'text') return this.#piece('text', text(block.text)) ?? room;
    if (block.type === 'thinking') return this.#piece('thinking', text(block.thinking)) ?? room;
    return room;
  }

  #delta(index: unknown, delta: JsonObject): Promise<void> | undefined {
    if (delta.type === 'text_delta') return this.#piece('text', text(delta.text));
    if (delta.type === 'thinking_delta') return this.#piece('thinking', text(delta.thinking));
    const call = this.#calls.get(index);
    if (delta.type === 'input_json_delta' && call !== undefined) call.json += text(delta.partial_json);
    return undefined;
  }

  #stop(index: unknown): undefined {
    const call = this.#calls.get(index);
    if (call === undefined) return;
    this.#calls.delete(index);
    this.#last = call;
  }

  #end(delta: JsonObject, usage: JsonObject): Promise<void> | undefined {
    readCounts(usage, this.#sink.counts, true);
    this.#stopReason = text(delta.stop_reason);
    this.#stopDetails = part(delta.stop_details);
    // An answer that is cut at its limit may end within the arguments of a call, or before them: such a call must not be run.
    if (isCut(this.#stopReason)) this.#last = null;
    return this.#stopReason === '' ? undefined : this.#flush();
  }

  #flush(): Promise<void> | undefined {
    const call = this.#last;
    if (call === null) return undefined;
    this.#last = null;
    this.#hasOutput = true;
    const given = readToolArguments(call.json === '' ? call.input : call.json);
    return this.#sink.toolCall({ id: call.id === '' ? null : call.id, name: call.name, arguments: given });
  }

  #piece(kind: 'text' | 'thinking', piece: string): Promise<void> | undefined {
    if (piece === '') return undefined;
    this.#hasOutput = true;
    return this.#sink.piece(kind, piece);
  }
}
