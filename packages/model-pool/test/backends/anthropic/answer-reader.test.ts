import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader } from '../../../src/backends/anthropic/answer-reader.js';
import type { JsonObject, JsonValue } from '../../../src/types.js';
import { recordingSink } from '../../setup/anthropic-request.js';

const start = (usage: JsonObject = { input_tokens: 3, output_tokens: 1 }): JsonObject => ({
  type: 'message_start',
  message: { usage },
});
const open = (block: JsonObject, index = 0): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block: block,
});
const delta = (piece: JsonObject, index = 0): JsonObject => ({ type: 'content_block_delta', index, delta: piece });
const close = (index = 0): JsonObject => ({ type: 'content_block_stop', index });
const end = (stopReason: string | null, usage: JsonObject = { output_tokens: 2 }): JsonObject => ({
  type: 'message_delta',
  delta: { stop_reason: stopReason },
  usage,
});
const stop: JsonObject = { type: 'message_stop' };
const call = (input: JsonObject = {}): JsonObject => ({ type: 'tool_use', id: 'toolu_1', name: 'look', input });
const json = (text: string): JsonObject => delta({ type: 'input_json_delta', partial_json: text });

function read(events: readonly JsonObject[]) {
  const sink = recordingSink();
  const reader = new AnswerReader(sink);
  for (const event of events) void reader.take(event);
  return { sink, end: reader.finish() };
}

const broken: readonly [fault: string, events: readonly JsonObject[]][] = [
  ['no-end', []],
  ['no-end', [start()]],
  ['no-end', [start(), end('end_turn')]],
  ['no-end', [start(), stop]],
  ['no-end', [start(), end(null), stop]],
  ['no-end', [start(), open(call()), end('tool_use'), stop]],
  ['no-start', [delta({ type: 'text_delta', text: 'x' })]],
  ['second-start', [start(), start()]],
  ['second-end', [start(), end('end_turn'), stop, stop]],
  ['bad-arguments', [start(), open(call()), json('{"a"'), close(), end('tool_use'), stop]],
  ['bad-arguments', [start(), open(call()), json('{"a"'), close(), open({ type: 'text', text: '' }, 1)]],
  ['bad-arguments', [start(), open(call()), json('[1]'), close(), end('end_turn'), stop]],
];

describe('an answer', () => {
  it.each(broken)('is broken by %s: %j', (fault, events) => {
    expect(() => read(events)).toThrow(expect.objectContaining({ code: 'stream-broken', details: { fault } }));
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['something_new', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'tool-calls'],
  ])('that stops for %s ends with %s', (stopReason, finishReason) => {
    expect(read([start(), end(stopReason), stop]).end.finishReason).toBe(finishReason);
  });

  it('what it does not know is skipped', () => {
    const unknown: JsonObject[] = [
      { type: 'ping' },
      { type: 'weather' },
      open({ type: 'redacted_thinking', data: 'x' }),
      delta({ type: 'signature_delta', signature: 'x' }),
      delta({ type: 'citations_delta', citation: {} }),
      json('{"lost":1}'),
      close(),
      open({ type: 'server_tool_use', id: '1', name: 'web' }, 1),
      close(1),
    ];
    const { sink } = read([start(), ...unknown, end('end_turn'), stop]);
    expect(sink.pieces).toEqual([]);
    expect(sink.calls).toEqual([]);
  });

  it('text that comes with the start of a block counts as well', () => {
    const events = [open({ type: 'thinking', thinking: 'a' }), close(), open({ type: 'text', text: 'b' }, 1), close(1)];
    expect(read([start(), ...events, end('end_turn'), stop]).sink.pieces).toEqual([
      ['thinking', 'a'],
      ['text', 'b'],
    ]);
  });

  it('a call has the arguments of its pieces, else those of its start', () => {
    const events = [
      open(call({ at: 'start' })),
      close(),
      open(call({ at: 'start' })),
      json('{"at":'),
      json('"pieces"}'),
      close(),
      open({ type: 'tool_use', name: 'hear' }),
      close(),
    ];
    expect(read([start(), ...events, end('tool_use'), stop]).sink.calls).toEqual([
      { id: 'toolu_1', name: 'look', arguments: { at: 'start' } },
      { id: 'toolu_1', name: 'look', arguments: { at: 'pieces' } },
      { id: null, name: 'hear', arguments: {} },
    ]);
  });

  it.each(['', '{"a"'])('that is cut within a call, whose arguments are %j so far, drops that call alone', (text) => {
    const events = [open(call()), json('{"a":1}'), close(), open(call(), 1), { ...json(text), index: 1 }, close(1)];
    const { sink, end: ended } = read([start(), ...events, end('max_tokens'), stop]);
    expect(sink.calls).toHaveLength(1);
    expect(ended.finishReason).toBe('length');
  });

  it('a refusal without details is one too', () => {
    expect(() => read([start(), end('refusal'), stop])).toThrow(
      expect.objectContaining({ code: 'rejected', details: { reason: 'refusal' } }),
    );
  });
});

describe('counts', () => {
  it.each<[what: string, first: JsonObject, last: JsonObject, counts: object]>([
    [
      'of the cache are part of the prompt',
      { input_tokens: 5, cache_read_input_tokens: 100, cache_creation_input_tokens: 20, output_tokens: 1 },
      { output_tokens: 9 },
      { inputTokens: 125, cacheReadTokens: 100, cacheWriteTokens: 20, outputTokens: 9, reasoningTokens: null },
    ],
    [
      'of the end replace those of the start',
      { input_tokens: 5, output_tokens: 1 },
      { input_tokens: 6, cache_read_input_tokens: 1, output_tokens: 9, output_tokens_details: { thinking_tokens: 4 } },
      { inputTokens: 7, cacheReadTokens: 1, cacheWriteTokens: null, outputTokens: 9, reasoningTokens: 4 },
    ],
    [
      'that are unknown at the end stay as they were',
      { input_tokens: 5, cache_read_input_tokens: 2 },
      { input_tokens: null, cache_read_input_tokens: null, output_tokens: 9 },
      { inputTokens: 7, cacheReadTokens: 2, cacheWriteTokens: null, outputTokens: 9, reasoningTokens: null },
    ],
    [
      'that make no sense are none',
      { input_tokens: -1, cache_read_input_tokens: 1.5, cache_creation_input_tokens: 'x' },
      { output_tokens: 1e300 },
      { inputTokens: null, cacheReadTokens: null, cacheWriteTokens: null, outputTokens: null, reasoningTokens: null },
    ],
  ])('%s', (_what, first, last, counts) => {
    expect(read([start(first), end('end_turn', last), stop]).sink.counts).toEqual(counts);
  });

  it('of the start say nothing of the answer', () => {
    const sink = recordingSink();
    void new AnswerReader(sink).take(start());
    expect(sink.counts).toMatchObject({ inputTokens: 3, outputTokens: null });
  });
});

it('whatever comes, it is an answer or a typed error', () => {
  const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
  const types = ['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta'];
  const event = fc.record(
    {
      type: fc.constantFrom(...types, 'message_stop', 'ping', 'error', 'other'),
      index: fc.constantFrom(0, 1),
      message: value,
      content_block: fc.oneof(value, fc.constant(call())),
      delta: fc.oneof(value, fc.constant({ type: 'text_delta', text: 'x' }), fc.constant({ stop_reason: 'end_turn' })),
      usage: value,
      error: value,
    },
    { requiredKeys: ['type'] },
  ) as fc.Arbitrary<JsonObject>;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 10 }), (events) => {
      try {
        read([start(), ...events]);
      } catch (error) {
        expect(error).toMatchObject({ name: 'ModelPoolError' });
      }
    }),
    { numRuns: 1_000 },
  );
});
