import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReportedCounts, TextEnd, TextSink } from '../../../src/backends/backend.js';
import { AnswerReader } from '../../../src/backends/openai/answer-reader.js';
import { ChunkReader } from '../../../src/backends/openai/chunk-reader.js';
import type { JsonObject, ModelPoolError } from '../../../src/index.js';

interface Read {
  readonly pieces: string[];
  readonly toolCalls: object[];
  readonly counts: ReportedCounts;
  readonly end: TextEnd | null;
  readonly error: ModelPoolError | null;
}

function read(chunks: readonly Uint8Array[], listed: readonly string[] = ['m', 'other']): Read {
  const pieces: string[] = [];
  const toolCalls: object[] = [];
  const counts = {
    inputTokens: null,
    outputTokens: null,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
  };
  const sink: TextSink = {
    counts,
    piece: (kind, text) => void pieces.push(`${kind === 'text' ? '' : '~'}${text}`),
    toolCall: (call) => void toolCalls.push(call),
    started: () => {},
  };
  const reader = new AnswerReader('m', new Set(listed), sink);
  const objects = new ChunkReader();
  try {
    for (const chunk of chunks) for (const object of objects.push(chunk)) void reader.take(object);
    const last = objects.end();
    if (last !== null) void reader.take(last);
    return { pieces, toolCalls, counts, end: reader.finish(), error: null };
  } catch (error) {
    return { pieces, toolCalls, counts, end: null, error: error as ModelPoolError };
  }
}

const frame = (...events: readonly (JsonObject | string)[]) =>
  Buffer.from(events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join(''));
const choice = (delta: JsonObject, finish_reason: string | null = null): JsonObject => ({
  model: 'm',
  choices: [{ index: 0, delta, finish_reason }],
});
const say = (content: string) => choice({ content });
const end = (reason = 'stop') => choice({}, reason);
const done = '[DONE]';
const call = (...parts: readonly JsonObject[]) => choice({ tool_calls: parts });

const readEvents = (...events: readonly (JsonObject | string)[]) => read([frame(...events)]);

describe('an answer that is whole', () => {
  const cases: [string, (JsonObject | string)[], Partial<Read>][] = [
    ['text', [choice({ role: 'assistant', content: '' }), say('a'), say('b'), end(), done], { pieces: ['a', 'b'] }],
    ['an end that carries text', [choice({ content: 'a' }, 'stop'), done], { pieces: ['a'] }],
    ['nothing said', [choice({ role: 'assistant', content: null }), end(), done], { pieces: [] }],
    ['thinking of llama-server', [choice({ reasoning_content: 'h' }), say('a'), end(), done], { pieces: ['~h', 'a'] }],
    ['thinking of Ollama and vLLM', [choice({ reasoning: 'h', content: 'a' }), end(), done], { pieces: ['~h', 'a'] }],
    ['a refusal of OpenAI', [choice({ refusal: 'I will not' }), end(), done], { pieces: ['I will not'] }],
    [
      'a name that nobody knows',
      [{ ...say('a'), model: '/models/m.gguf' }, { ...end(), model: '/models/m.gguf' }, done],
      { pieces: ['a'] },
    ],
    [
      'a dated name',
      [{ ...say('a'), model: 'm-2025-01-31' }, { ...end(), model: 'm-2025-01-31' }, done],
      { pieces: ['a'] },
    ],
    ['no name', [{ choices: [{ delta: { content: 'a' }, finish_reason: 'stop' }] }, done], { pieces: ['a'] }],
    ['an error that is null', [{ ...say('a'), error: null }, end(), done], { pieces: ['a'] }],
    ['an end that comes twice', [say('a'), end(), end(), done], { pieces: ['a'] }],
    ['an unknown reason', [say('a'), end('eos_token'), done], { end: { finishReason: 'stop', times: null } }],
    ['a limit', [say('a'), end('length'), done], { end: { finishReason: 'length', times: null } }],
    ['an empty event', ['', say('a'), end(), done], { pieces: ['a'] }],
  ];
  for (const [name, events, expected] of cases)
    it(`${name} is read`, () => expect(readEvents(...events)).toMatchObject({ error: null, ...expected }));

  it('has its usage in a chunk without choices, or beside the end', () => {
    const usage = {
      prompt_tokens: 9,
      completion_tokens: 4,
      prompt_tokens_details: { cached_tokens: 6 },
      completion_tokens_details: { reasoning_tokens: 3 },
    };
    const counts = { inputTokens: 9, outputTokens: 4, cacheReadTokens: 6, cacheWriteTokens: null, reasoningTokens: 3 };
    expect(readEvents(say('a'), end(), { model: 'm', choices: [], usage }, done).counts).toEqual(counts);
    expect(readEvents(say('a'), { ...end(), usage }, done).counts).toEqual(counts);
    expect(
      readEvents(say('a'), end(), { usage: { prompt_tokens: -5, completion_tokens: 1e308 } }, done).counts,
    ).toMatchObject({
      inputTokens: null,
      outputTokens: null,
    });
    const zeros = { usage: { prompt_tokens: 0, completion_tokens: 0 } };
    expect(readEvents({ ...say('a'), ...zeros }, end(), done).counts).toMatchObject({
      inputTokens: null,
      outputTokens: null,
    });
  });

  it('has the times and cached tokens of llama-server', () => {
    const timings = { cache_n: 5, prompt_n: 1, prompt_ms: 20.5, predicted_n: 2, predicted_ms: 30 };
    const { end: ended, counts } = readEvents(say('a'), end(), { choices: [], timings }, done);
    expect(ended?.times).toEqual({ totalMs: 50.5, loadMs: 0, prefillMs: 20.5, decodeMs: 30 });
    expect(counts.cacheReadTokens).toBe(5);
    for (const odd of [
      { prompt_ms: -1, predicted_ms: 1 },
      { prompt_ms: 1, predicted_ms: 1e300 },
      { prompt_ms: 'x' },
      null,
    ])
      expect(
        readEvents(say('a'), end(), { choices: [], timings: odd }, done).end?.times,
        JSON.stringify(odd),
      ).toBeNull();
  });
});

describe('tool calls', () => {
  const begin = (index: number, id: string, name = 'f') => ({
    index,
    id,
    type: 'function',
    function: { name, arguments: '' },
  });
  const more = (index: number, given: string) => ({ index, function: { arguments: given } });
  const whole = (id: string, given: string, index?: number) => ({
    ...(index === undefined ? {} : { index }),
    ...{ id, function: { name: 'f', arguments: given } },
  });
  const f = (id: string | null, given: JsonObject) => ({ id, name: 'f', arguments: given });
  const cases: [string, JsonObject[], object[]][] = [
    ['in parts', [call(begin(0, 'a')), call(more(0, '{"x"')), call(more(0, ':1}'))], [f('a', { x: 1 })]],
    [
      'in parts of two that alternate',
      [call(begin(0, 'a'), begin(1, 'b')), call(more(1, '{"y":2}')), call(more(0, '{"x":1}'))],
      [f('a', { x: 1 }), f('b', { y: 2 })],
    ],
    ['whole, all with index 0', [call(whole('a', '{"x":1}', 0), whole('b', '{}', 0))], [f('a', { x: 1 }), f('b', {})]],
    ['whole, without an index', [call(whole('a', '{"x":1}')), call(whole('b', '{}'))], [f('a', { x: 1 }), f('b', {})]],
    [
      'with the id in every part',
      [
        call({ ...more(0, '{"x"'), id: 'a', function: { name: 'f', arguments: '{"x"' } }),
        call({ ...more(0, ':1}'), id: 'a' }),
      ],
      [f('a', { x: 1 })],
    ],
    ['without an id', [call({ index: 0, function: { name: 'f', arguments: '{}' } })], [f(null, {})]],
    ['without arguments', [call(begin(0, 'a'))], [f('a', {})]],
    [
      'with arguments as an object',
      [call({ index: 0, id: 'a', function: { name: 'f', arguments: { x: 1 } } })],
      [f('a', { x: 1 })],
    ],
  ];
  for (const [name, events, expected] of cases)
    it(`${name} arrive whole`, () => {
      const { toolCalls, end: ended } = readEvents(...events, end('tool_calls'), done);
      expect(toolCalls).toEqual(expected);
      expect(ended?.finishReason).toBe('tool-calls');
    });

  it('are handed over only at the end of the answer', () => {
    const { toolCalls, error } = readEvents(call(whole('a', '{}')), end('tool_calls'));
    expect(toolCalls).toEqual([]);
    expect(error).toMatchObject({ code: 'stream-broken', details: { fault: 'no-end' } });
  });

  it('of an answer that was cut are those that are whole', () => {
    const cut = (...events: JsonObject[]) => readEvents(...events, end('length'), done);
    expect(cut(call(whole('a', '{"x":1}')), call(begin(1, 'b')), call(more(1, '{"y'))).toolCalls).toEqual([
      f('a', { x: 1 }),
    ]);
    expect(cut(call(begin(0, 'a')))).toMatchObject({ toolCalls: [], end: { finishReason: 'length' } });
    expect(cut(call(whole('a', '{}', 0))).toolCalls).toEqual([f('a', {})]);
  });

  it('with arguments that are none break the answer', () => {
    for (const given of ['{"x"', '[1]', 'x'])
      expect(readEvents(call(whole('a', given)), end('tool_calls'), done).error, given).toMatchObject({
        code: 'stream-broken',
        details: { fault: 'bad-arguments' },
      });
  });

  it('that are promised but missing break the answer', () => {
    expect(readEvents(end('tool_calls'), done).error).toMatchObject({ details: { fault: 'no-tool-call' } });
  });
});

describe('an answer that is not whole', () => {
  const hollow = { model: '', choices: [{ index: 0, delta: { content: '' }, finish_reason: null }] };
  const cases: [string, (JsonObject | string)[], Partial<ModelPoolError> & { fault?: string }][] = [
    ['nothing', [], { fault: 'no-end' }],
    ['no end', [say('a')], { fault: 'no-end' }],
    ['an end without its mark', [say('a'), end()], { fault: 'no-end' }],
    ['a mark without an end', [say('a'), done], { fault: 'no-end' }],
    ['an end without a reason', [say('a'), end(''), done], { fault: 'no-end' }],
    ['the empty chunk of Ollama', [say('a'), hollow], { fault: 'swallowed-error' }],
    [
      'the empty chunk of Ollama as the first',
      [{ ...hollow, choices: [{ delta: { role: 'assistant', content: '' } }] }],
      { fault: 'swallowed-error' },
    ],
    ['text after the end', [say('a'), end(), say('b'), done], { fault: 'second-end' }],
    ['text after the mark', [say('a'), end(), done, say('b')], { fault: 'second-end' }],
    ['a second mark', [say('a'), end(), done, done], { fault: 'second-end' }],
    ['another model', [{ ...say('a'), model: 'other' }], { fault: 'wrong-model' }],
    ['another model in the middle', [say('a'), { ...say('b'), model: 'alias' }], { fault: 'wrong-model' }],
    ['a line that is no JSON', [say('a'), '{"choices"'], { fault: 'bad-line' }],
    ['a line that is no object', [say('a'), '[1]'], { fault: 'bad-line' }],
    ['an abort of vLLM', [say('a'), end('abort')], { fault: 'failed-end' }],
    ['a piece that is no text', [choice({ content: [{ type: 'image' }] })], { fault: 'bad-piece' }],
    ['an error after text', [say('a'), { error: { message: 'died', code: 500 } }], { fault: 'error-line' }],
    [
      'an error before text',
      [{ error: { message: 'died', code: 500, type: 'server_error' } }],
      { code: 'load-failed', fault: 'error-line' },
    ],
    [
      'an error of vLLM before text',
      [{ error: { message: 'bad', code: 400, type: 'BadRequestError' } }, done],
      { code: 'rejected', fault: 'error-line' },
    ],
    [
      'a busy server before text',
      [{ error: { message: 'Loading model', code: 503, type: 'unavailable_error' } }],
      { code: 'overloaded', fault: 'error-line' },
    ],
    ['words of Ollama before text', [{ error: "model 'x' not found" }], { code: 'model-missing', fault: 'error-line' }],
    ['a filter', [say('a'), end('content_filter'), done], { code: 'rejected', fault: 'content-filter' }],
  ];
  for (const [name, events, { code = 'stream-broken', fault }] of cases)
    it(`${name} is ${code}`, () => expect(readEvents(...events).error).toMatchObject({ code, details: { fault } }));

  it('an event that is called error is one, whatever its shape', () => {
    for (const data of ['{"error":{"message":"died"}}', '{"message":"died"}'])
      expect(read([frame(say('a')), Buffer.from(`event: error\ndata: ${data}\n\n`)]).error).toMatchObject({
        code: 'stream-broken',
        message: 'died',
        details: { fault: 'error-line' },
      });
  });

  it('a model that the server does not list beside the one asked is an alias', () => {
    const answer = [frame({ ...say('a'), model: 'other' }, { ...end(), model: 'other' }, done)];
    expect(read(answer, ['m']).error).toBeNull();
    expect(read(answer, ['other']).error).toBeNull();
    expect(read(answer, []).error).toBeNull();
  });
});

it('10,000 random splits of an answer give equal pieces', () => {
  const bytes = Buffer.concat([
    Buffer.from(': ping\r\n\r\n'),
    frame(
      choice({ role: 'assistant', content: null }),
      choice({ reasoning_content: 'Grüße' }),
      say('🦙 ＡＢ'),
      say('"\\\n'),
      call({ index: 0, id: 'c', function: { name: 'f', arguments: '{"ü":' } }),
      call({ index: 0, function: { arguments: '"🦙"}' } }),
      end('tool_calls'),
      { model: 'm', choices: [], usage: { prompt_tokens: 3, completion_tokens: 5 } },
      done,
    ),
  ]);
  const expected = read([bytes]);
  expect(expected).toMatchObject({ error: null, pieces: ['~Grüße', '🦙 ＡＢ', '"\\\n'] });
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
      const places = [...new Set(cuts)].sort((a, b) => a - b);
      const chunks = [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
      expect(read(chunks)).toEqual(expected);
    }),
    { numRuns: 10_000 },
  );
});
