import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../../types.js';
import type { FakeExchange } from '../fake-ollama/exchange.js';
import { playCommonFault } from '../fake-ollama/play-common-fault.js';
import { type FakeAnthropicFault, refusalOf } from './faults.js';
import { chatText, countFakeWords, type FakeAnthropicScript, fixedText } from './script.js';

/** Sends an error as the API does. */
export function refuse(
  exchange: FakeExchange,
  { status, type, message, errorCode, headers }: NonNullable<ReturnType<typeof refusalOf>>,
): void {
  const details = errorCode === undefined ? {} : { details: { error_code: errorCode } };
  const body = { type: 'error', error: { type, message, ...details }, request_id: 'req_fake' };
  exchange.json(status, body, { 'request-id': 'req_fake', ...headers });
}

const frame = (event: JsonObject) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`;

/** Plays a fault that happens instead of an answer. Returns whether the request is over. */
export async function playInstead(exchange: FakeExchange, fault: FakeAnthropicFault): Promise<boolean> {
  const refusal = refusalOf(fault);
  if (refusal !== null) {
    refuse(exchange, refusal);
    return true;
  }
  switch (fault.kind) {
    case 'other-server':
      exchange.text(404, 'no such page');
      return true;
    case 'silent':
    case 'reset':
    case 'html':
      return playCommonFault(exchange, fault.kind);
    case 'slow-headers':
      await exchange.wait(fault.delayMs ?? 100);
      return false;
    case 'empty':
      begin(exchange);
      exchange.spoil();
      return true;
    case 'gzip':
      exchange.begin({ 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      exchange.spoil(gzipSync(Buffer.alloc(32 * 1024 * 1024)));
      return true;
    case 'huge-event':
      await sendHugeEvent(exchange);
      return true;
    default:
      return false;
  }
}

function begin(exchange: FakeExchange): void {
  exchange.begin({ 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_fake' });
}

async function sendHugeEvent(exchange: FakeExchange): Promise<void> {
  begin(exchange);
  exchange.entry.end = 'fault';
  exchange.response.write('event: message_start\ndata: {"type":"');
  const part = Buffer.alloc(1024 * 1024, 'x');
  for (let count = 0; count < 20 && !exchange.isGone; count += 1) {
    exchange.response.write(part);
    await exchange.drained();
  }
  exchange.response.end();
}

/** Prompts that are in the cache of the fake. */
export type FakePromptCache = Set<string>;

/** Tokens of the prompt as the API counts them: what is marked is written to the cache once and read from it afterwards. */
function countPrompt(body: JsonObject, cache: FakePromptCache): JsonObject {
  const fixed = fixedText(body);
  const isMarked = JSON.stringify([body.system ?? null, body.tools ?? null]).includes('"cache_control"');
  const fixedTokens = countFakeWords(fixed);
  const key = `${String(body.model)}\n${fixed}`;
  const isCached = isMarked && cache.has(key);
  if (isMarked) cache.add(key);
  return {
    input_tokens: countFakeWords(chatText(body)) + (isMarked ? 0 : fixedTokens),
    cache_creation_input_tokens: isMarked && !isCached ? fixedTokens : 0,
    cache_read_input_tokens: isCached ? fixedTokens : 0,
  };
}

/** Writes an answer, event by event. */
export class AnswerWriter {
  readonly #exchange: FakeExchange;
  readonly #script: FakeAnthropicScript;
  readonly #fault: FakeAnthropicFault | null;
  readonly #prompt: JsonObject;
  readonly #limit: number;
  #block = -1;
  #pieces = 0;
  #stopReason: string | null = null;
  #thinkingTokens = 0;

  constructor(
    exchange: FakeExchange,
    script: FakeAnthropicScript,
    fault: FakeAnthropicFault | null,
    cache: FakePromptCache,
  ) {
    this.#exchange = exchange;
    this.#script = script;
    this.#fault = fault;
    this.#prompt = countPrompt(exchange.body, cache);
    this.#limit = Number(exchange.body.max_tokens);
    const { input_tokens, cache_creation_input_tokens: written, cache_read_input_tokens: read } = this.#prompt;
    exchange.entry.inputTokens = Number(input_tokens) + Number(written) + Number(read);
  }

  async write(): Promise<void> {
    begin(this.#exchange);
    if (this.#fault?.kind !== 'no-start') this.#send(this.#start());
    this.#send({ type: 'ping' });
    if (this.#fault?.kind === 'pings') await this.#ping();
    if (this.#fault?.kind === 'unknown-event') this.#send({ type: 'weather', index: 0, mood: 'fine' });
    if (!(await this.#blocks())) return;
    if (this.#fault?.kind === 'no-stop') return this.#exchange.spoil();
    this.#end();
    if (this.#fault?.kind === 'two-stops') this.#end();
    this.#exchange.entry.end = 'done';
    this.#exchange.response.end();
  }

  #send(event: JsonObject): void {
    this.#exchange.response.write(frame(event));
  }

  #start(): JsonObject {
    const { model } = this.#exchange.body;
    const message = { id: 'msg_fake', type: 'message', role: 'assistant', model: model ?? '', content: [] };
    const usage = { ...this.#prompt, output_tokens: 1, output_tokens_details: null };
    return { type: 'message_start', message: { ...message, stop_reason: null, stop_sequence: null, usage } };
  }

  /** Signs of life for a while, and nothing else. */
  async #ping(): Promise<void> {
    const delayMs = this.#fault?.delayMs ?? 100;
    for (let count = 0; count < 10; count += 1) {
      await this.#exchange.wait(delayMs);
      this.#send({ type: 'ping' });
    }
  }

  #end(): void {
    const stop = this.#stopReason ?? this.#script.stopReason;
    const details = stop === 'refusal' ? { type: 'refusal', category: 'cyber', explanation: null } : null;
    const delta = { stop_reason: stop, stop_sequence: null, stop_details: details };
    const usage = {
      ...this.#prompt,
      output_tokens: this.#exchange.entry.outputTokens,
      output_tokens_details: { thinking_tokens: this.#thinkingTokens },
    };
    this.#send({ type: 'message_delta', delta, usage });
    this.#send({ type: 'message_stop' });
  }

  /** Returns whether the stream goes on. */
  async #blocks(): Promise<boolean> {
    const { thinking, pieces, calls } = this.#script;
    if (thinking.length > 0) {
      const goesOn = await this.#texts({ type: 'thinking', thinking: '', signature: '' }, thinking, (piece) => ({
        type: 'thinking_delta',
        thinking: piece,
      }));
      if (!goesOn) return false;
      this.#thinkingTokens = this.#exchange.entry.outputTokens;
    }
    if (pieces.length > 0 && this.#stopReason === null) {
      const textDelta = (text: string) => ({ type: 'text_delta', text });
      if (!(await this.#texts({ type: 'text', text: '' }, pieces, textDelta))) return false;
    }
    for (const [index, { name, input }] of calls.entries()) {
      if (this.#stopReason !== null) break;
      const parts = input.match(/.{1,4}/gs) ?? [];
      if (this.#fault?.kind === 'bad-arguments') parts.pop();
      const block = { type: 'tool_use', id: `toolu_fake_${index}`, name, input: {} };
      const goesOn = await this.#texts(block, parts, (part) => ({ type: 'input_json_delta', partial_json: part }));
      if (!goesOn) return false;
    }
    return true;
  }

  async #texts(block: JsonObject, parts: readonly string[], delta: (part: string) => JsonObject): Promise<boolean> {
    this.#block += 1;
    const index = this.#block;
    this.#send({ type: 'content_block_start', index, content_block: block });
    for (const part of parts) {
      if (this.#exchange.isGone) return false;
      if (this.#exchange.entry.outputTokens >= this.#limit) {
        this.#stopReason = 'max_tokens';
        break;
      }
      if (this.#fault !== null && this.#pieces === (this.#fault.after ?? 2) && (await this.#play(this.#fault, index)))
        return false;
      this.#pieces += 1;
      this.#exchange.entry.outputTokens += 1;
      this.#send({ type: 'content_block_delta', index, delta: delta(part) });
      if (Number.isFinite(this.#script.rate)) await this.#exchange.wait(1000 / this.#script.rate);
      else if (this.#pieces % 100 === 0) await nextTurn();
    }
    if (block.type === 'thinking')
      this.#send({ type: 'content_block_delta', index, delta: { type: 'signature_delta', signature: 'fake' } });
    this.#send({ type: 'content_block_stop', index });
    return true;
  }

  /** Plays a fault in the middle of a block. Returns whether the stream is over. */
  async #play(fault: FakeAnthropicFault, index: number): Promise<boolean> {
    const { response } = this.#exchange;
    const framed = (text: string) => frame({ type: 'content_block_delta', index, delta: { type: 'text_delta', text } });
    switch (fault.kind) {
      case 'reset-mid':
      case 'stall':
        return playCommonFault(this.#exchange, fault.kind);
      case 'error-event': {
        const error = { type: fault.type ?? 'overloaded_error', message: fault.message ?? 'Overloaded' };
        this.#exchange.spoil(frame({ type: 'error', error, request_id: 'req_fake' }));
        return true;
      }
      case 'bad-event':
        this.#exchange.spoil(`${framed('broken').slice(0, -8)}\n\n`);
        return true;
      case 'bad-line':
        this.#exchange.spoil(`what is this?\n\n`);
        return true;
      case 'utf8-cut':
        this.#exchange.spoil(Buffer.from(framed('über')).subarray(0, -12));
        return true;
      case 'utf8-split':
        for (const byte of Buffer.from(framed('Grüße 🦙'))) {
          response.write(Buffer.from([byte]));
          await this.#exchange.wait(1);
        }
        return false;
      case 'odd-characters':
        response.write(framed('\u0000\u001b[31m').replace('[31m', '[31m\\ud800'));
        return false;
      default:
        return false;
    }
  }
}
