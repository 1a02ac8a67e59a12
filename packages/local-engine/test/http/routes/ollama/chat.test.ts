import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { linesOf, type ScriptedEngine, scriptedEngine } from '../../scripted-engine.js';

const messages = [{ role: 'user', content: 'hi' }];
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];
const toolCalls = [{ id: 'call_a', name: 'weather', arguments: { city: 'Wien' } }];

describe('/api/chat', () => {
  let engine: ScriptedEngine;
  beforeAll(async () => {
    engine = await scriptedEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });
  beforeEach(() => engine.answer({ pieces: ['hel', 'lo'] }));
  const chat = (body: object = {}, init?: RequestInit) =>
    engine.post('/api/chat', { model: 'able', messages, ...body }, init);
  const refused = async (body: object) => {
    const response = await chat(body);
    return { status: response.status, ...((await response.json()) as { error: string }) };
  };

  it('streams lines by default, text and thinking apart, the tools that are asked for last', async () => {
    engine.answer({ pieces: ['~hm', 'let me ', 'see'], result: { toolCalls } });
    const response = await chat({ tools });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = await linesOf(response);
    expect(lines.map(({ message, done }) => ({ ...(message as object), done }))).toEqual([
      { role: 'assistant', content: '', thinking: 'hm', done: false },
      { role: 'assistant', content: 'let me ', done: false },
      { role: 'assistant', content: 'see', done: false },
      {
        ...{ role: 'assistant', content: '', done: true },
        tool_calls: [{ id: 'call_a', function: { index: 0, name: 'weather', arguments: { city: 'Wien' } } }],
      },
    ]);
    expect(lines.at(-1)).toMatchObject({ done_reason: 'stop', eval_count: 3, prompt_eval_count: 8 });
  });

  it('gives one document without stream', async () => {
    engine.answer({ pieces: ['~hm', 'hel', 'lo'], result: { toolCalls, reason: 'length' } });
    const { status, body } = await engine.ask('/api/chat', { model: 'able', messages, stream: false, tools });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ model: 'able', done: true, done_reason: 'length' },
      message: { content: 'hello', thinking: 'hm', tool_calls: [{ id: 'call_a' }] },
    });
  });

  it('hands everything to the child', async () => {
    const conversation = [
      { role: 'system', content: 'be brief' },
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'weather', arguments: { city: 'Wien' } } }] },
      { role: 'tool', content: 'sunny', tool_name: 'weather' },
    ];
    const options = { temperature: 0, num_predict: 9, presence_penalty: 0.5, num_thread: 2 };
    await (await chat({ messages: conversation, tools, options, think: 'low', truncate: false })).text();
    expect(engine.lastCall()).toMatchObject({
      kind: 'chat',
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'assistant', toolCalls: [{ id: 'call_0', name: 'weather', arguments: { city: 'Wien' } }] },
        { role: 'tool', content: 'sunny', toolName: 'weather' },
      ],
      tools: [{ name: 'weather', description: '', parameters: { type: 'object' } }],
      ...{ truncate: false, think: true, format: null, maxTokens: 9 },
      sampling: { temperature: 0, topK: 40, presencePenalty: 0.5 },
    });
  });

  it('thinks as the model does where nothing is said, and not at all with false', async () => {
    for (const [think, expected] of [
      [undefined, null],
      [null, null],
      [true, true],
      [false, false],
    ] as const) {
      await (await chat({ think })).text();
      expect(engine.lastCall()).toMatchObject({ think: expected });
    }
    await (await chat({ model: 'plain', think: false })).text();
    expect(engine.lastCall()).toMatchObject({ think: false });
  });

  it('asks for a format, and says in a header what the answer does not keep', async () => {
    const schema = { type: 'object', properties: { age: { type: 'integer', minimum: 0 } } };
    await (await chat({ format: 'json' })).text();
    expect(engine.lastCall()).toMatchObject({ format: { kind: 'json' } });
    const kept = await chat({ format: schema });
    await kept.text();
    expect(engine.lastCall()).toMatchObject({ format: { kind: 'schema', schema } });
    expect(kept.headers.get('x-tale-format-unenforced')).toBeNull();
    engine.answer({ unenforced: ['minimum', 'pattern'], pieces: ['{"age":-1}'] });
    for (const stream of [true, false]) {
      const broken = await chat({ format: schema, stream });
      expect(broken.status).toBe(200);
      expect(broken.headers.get('x-tale-format-unenforced')).toBe('minimum, pattern');
      await broken.text();
    }
  });

  it.each<[string, object, string]>([
    ['tools of a model without', { model: 'plain', tools }, '"plain" does not support tools'],
    ['thinking of a model without', { model: 'plain', think: true }, '"plain" does not support thinking'],
    ['a level of thinking of a model without', { model: 'plain', think: 'high' }, '"plain" does not support thinking'],
    ['images', { messages: [{ role: 'user', content: 'x', images: ['AA=='] }] }, '"able" does not support vision'],
    ['a model that only makes vectors', { model: 'vectors' }, '"vectors" does not support chat'],
    ['probabilities of tokens', { logprobs: true }, '"able" does not support logprobs'],
    ['a format together with tools', { format: 'json', tools }, 'format and tools exclude each other'],
    ['an unknown format', { format: 'yaml' }, 'invalid format: "yaml"'],
    ['an unknown level', { think: 'deep' }, 'invalid think value: "deep"'],
    ['an option of a wrong type', { options: { num_ctx: 'big' } }, 'option "num_ctx" must be of type integer'],
    ['an option out of range', { options: { top_p: 2 } }, 'option "top_p" must be from 0 to 1'],
    ['a keep_alive without a unit', { keep_alive: '5' }, 'time: missing unit in duration "5"'],
    ['two tools of one name', { tools: [...tools, ...tools] }, 'two tools have the name "weather"'],
  ])('refuses %s', async (_, body, error) => {
    const before = engine.calls.length;
    expect(await refused(body)).toMatchObject({
      status: 400,
      code: 'invalid-request',
      error: expect.stringContaining(error),
    });
    expect(engine.calls).toHaveLength(before);
  });

  it('logs what has no effect and answers all the same', async () => {
    engine.warnings.length = 0;
    expect((await chat({ options: { mirostat: 1, numa: true } })).status).toBe(200);
    expect(engine.warnings).toEqual([{ model: 'able:latest', options: ['mirostat', 'numa'] }]);
  });

  it('has the status of a failure before the first piece, and a line after it', async () => {
    const failure = { code: 'context-exceeded', message: 'the input length exceeds the context length' } as const;
    engine.answer({ failure });
    expect(await refused({})).toMatchObject({ status: 400, error: failure.message, code: 'context-exceeded' });
    engine.answer({ pieces: ['hel'], failure: { code: 'internal', message: 'out of luck' } });
    const response = await chat();
    expect(response.status).toBe(200);
    const lines = await linesOf(response);
    expect(lines).toHaveLength(2);
    expect(lines.at(-1)).toMatchObject({ error: 'out of luck' });
    const single = await chat({ stream: false });
    expect(single.status).toBe(500);
  });

  it('a format that no grammar can be made of is a bad request, whoever finds it', async () => {
    expect(await refused({ format: { $ref: '#' } })).toMatchObject({ status: 400, code: 'invalid-request' });
    engine.answer({ failure: { code: 'invalid-format', message: 'invalid format: no grammar can be made of it' } });
    expect(await refused({ format: { type: 'object' } })).toMatchObject({ status: 400, code: 'invalid-request' });
  });

  it('loads without messages, and unloads with keep_alive 0', async () => {
    const load = await engine.ask('/api/chat', { model: 'able', keep_alive: '1h' });
    expect(load.body).toMatchObject({ message: { role: 'assistant', content: '' }, done: true, done_reason: 'load' });
    expect(load.body).not.toHaveProperty('eval_count');
    const unload = await engine.ask('/api/chat', { model: 'able', messages: [], keep_alive: 0 });
    expect(unload.body).toMatchObject({ done: true, done_reason: 'unload' });
  });

  it('a client that leaves frees the slot at once, and a waiting one leaves the queue', async () => {
    engine.answer({ pieces: ['first'], result: null });
    const left = new AbortController();
    const response = await chat({}, { signal: left.signal });
    await response.body!.getReader().read();
    const gone = new AbortController();
    const waiting = chat({}, { signal: gone.signal });
    waiting.catch(() => {});
    const before = engine.calls.length;
    gone.abort();
    await expect(waiting).rejects.toThrow();
    await fetch(`${engine.url}/api/version`); // a later request: the server has seen by now that it left
    engine.answer({ pieces: ['next'] });
    left.abort();
    expect((await linesOf(await chat())).at(-1)).toMatchObject({ done: true });
    expect(engine.calls).toHaveLength(before + 1);
    expect(engine.aborted).toContain(engine.calls.at(-2)?.id);
  });

  it('x-tale-priority reaches the queue and the child', async () => {
    await (await chat({}, { headers: { 'x-tale-priority': '8' } })).text();
    expect(engine.calls.at(-1)).toMatchObject({ priority: 8 });
    await (await chat()).text();
    expect(engine.calls.at(-1)).toMatchObject({ priority: 5 });
  });
});

it('512 calls wait, the next one gets 503 in Ollama’s words', async () => {
  await using engine = await scriptedEngine();
  engine.answer({ pieces: ['x'], result: null });
  const left = new AbortController();
  const ask = () => engine.post('/api/chat', { model: 'plain', messages }, { signal: left.signal });
  const first = await ask();
  await first.body!.getReader().read();
  const all = Array.from({ length: 513 }, ask);
  for (const each of all) each.catch(() => {});
  const refused = await Promise.race(all);
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({
    error: 'server busy, please try again.  maximum pending requests exceeded',
    ...{ code: 'busy', retryable: true },
  });
  left.abort();
  await Promise.allSettled(all);
});
