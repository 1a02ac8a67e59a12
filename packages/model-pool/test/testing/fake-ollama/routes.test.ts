import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { vectorOf } from '../../../src/testing/fake-ollama/embed-routes.js';
import { startFakeOllama } from '../../../src/testing/index.js';
import type { JsonObject } from '../../../src/types.js';
import { askFake } from '../../setup/ask-fake.js';

const chat = (url: string, content: string, more: JsonObject = {}) =>
  askFake(url, '/api/chat', { model: 'fake:1b', messages: [{ role: 'user', content }], ...more });
const tool = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object' } } });

describe('the fake answers', () => {
  it('the same prompt in the same way, and another seed in another', async () => {
    await using fake = await startFakeOllama({ timing: { tokens: 3 } });
    await using other = await startFakeOllama({ seed: 9, timing: { tokens: 3 } });
    const ask = async (url: string) => (await chat(url, 'x', { stream: false })).lines[0]?.message;
    expect(await ask(fake.url)).toEqual(await ask(fake.url));
    expect(await ask(other.url)).not.toEqual(await ask(fake.url));
  });

  it('with one object a line and with headers only once the first token is there', async () => {
    await using fake = await startFakeOllama({ timing: { prefillMsPerToken: 100 } });
    let hasHeaders = false;
    const answer = fetch(`${fake.url}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({ model: 'fake:1b', messages: [{ role: 'user', content: 'one two [tokens=3]' }] }),
    }).then((response) => {
      hasHeaders = true;
      return response.text();
    });
    await until('it reads', () => fake.slots()['fake:1b'] === 1);
    expect(hasHeaders).toBe(false);
    expect((await answer).trim().split('\n')).toHaveLength(4);
    expect(fake.log[0]).toMatchObject({ status: 200, inputTokens: 3, outputTokens: 3, end: 'done' });
  });

  it('with its text in the log', async () => {
    await using fake = await startFakeOllama();
    await chat(fake.url, '[think=2] [say exactly this]');
    expect(fake.log[0]).toMatchObject({ text: 'exactly this', outputTokens: 4 });
  });

  it('with thinking unless it is told not to, and not at all where the model cannot', async () => {
    await using fake = await startFakeOllama({
      models: [{ model: 'fake:1b' }, { model: 'plain', capabilities: ['completion'] }],
    });
    const thought = async (more: JsonObject) =>
      (await chat(fake.url, '[think=2] [say yes]', { stream: false, ...more })).lines[0]?.message;
    expect(await thought({})).toEqual({ role: 'assistant', content: 'yes', thinking: 'hm hm' });
    expect(await thought({ think: false })).toEqual({ role: 'assistant', content: 'yes' });
    expect(await thought({ think: 'low' })).toMatchObject({ thinking: 'hm hm' });
    expect(await thought({ model: 'plain', think: false })).toEqual({ role: 'assistant', content: 'yes' });
    expect(await chat(fake.url, 'x', { model: 'plain', think: true })).toMatchObject({
      status: 400,
      lines: [{ error: '"plain" does not support thinking' }],
    });
  });

  it('with calls of tools in the final object, and with text once a tool has answered', async () => {
    await using fake = await startFakeOllama();
    const tools = [tool('weather'), tool('time')];
    const prompt = '[tool weather {"city":"Paris"}] [tool time {}]';
    const { lines } = await chat(fake.url, prompt, { tools });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      done: true,
      done_reason: 'stop',
      message: {
        content: '',
        tool_calls: [
          {
            id: expect.stringMatching(/^call_/),
            function: { index: 0, name: 'weather', arguments: { city: 'Paris' } },
          },
          { function: { index: 1, name: 'time', arguments: {} } },
        ],
      },
    });
    expect(Number(lines[0]?.eval_count)).toBeGreaterThan(0);
    const messages = [
      { role: 'user', content: `${prompt} [say It is sunny.]` },
      { role: 'assistant', content: '', tool_calls: [] },
      { role: 'tool', content: 'sunny', tool_name: 'weather' },
    ];
    const answered = await askFake(fake.url, '/api/chat', { model: 'fake:1b', messages, tools, stream: false });
    expect(answered.lines[0]?.message).toEqual({ role: 'assistant', content: 'It is sunny.' });
  });

  it('in a format, within a limit, up to a stop', async () => {
    await using fake = await startFakeOllama();
    const schema = { type: 'object', properties: { grade: { type: 'integer', minimum: 3 } } };
    const content = async (prompt: string, more: JsonObject) => {
      const { message = {} } = (await chat(fake.url, prompt, { stream: false, ...more })).lines[0] ?? {};
      return (message as JsonObject).content;
    };
    expect(await content('x', { format: 'json' })).toBe('{"ok":true}');
    expect(await content('x', { format: schema })).toBe('{"grade":3}');
    expect(await content('[say one two three]', { options: { num_predict: 2 } })).toBe('one two');
    expect(await content('[say one two three]', { options: { stop: [' three'] } })).toBe('one two');
  });

  it('over-long chats cut, unless it is told not to cut', async () => {
    await using fake = await startFakeOllama();
    const long = {
      messages: [
        { role: 'user', content: 'word '.repeat(200) },
        { role: 'user', content: 'short' },
      ],
    };
    const options = { num_ctx: 100 };
    const cut = await chat(fake.url, '', { ...long, options });
    expect(cut.lines.at(-1)).toMatchObject({ done: true, prompt_eval_count: 1 });
    expect(await chat(fake.url, '', { ...long, options, truncate: false })).toMatchObject({
      status: 400,
      lines: [{ error: expect.stringMatching(/exceeds the context length/) }],
    });
  });

  it('what another engine has beyond Ollama only as another engine', async () => {
    await using ollama = await startFakeOllama({ version: '0.1.2' });
    await using engine = await startFakeOllama({ engine: 'other' });
    const questions = {
      task: { type: 'noul', instructions: 'Is it?' },
      kind: { type: 'choice', instructions: 'Which?', criteria: { a: null, b: 'the second' } },
      size: { type: 'score', instructions: 'How much?', criteria: ['none', 'some', 'all'] },
    };
    const state = 'text [decide task=false] [decide kind=b] [decide size=2]';
    const ask = (url: string, body: JsonObject) => askFake(url, '/v1/systemone', { model: 'fake:1b', ...body });
    expect((await askFake(ollama.url, '/api/version')).lines).toEqual([{ version: '0.1.2' }]);
    expect((await ask(ollama.url, { state, questions })).status).toBe(404);
    expect((await askFake(ollama.url, '/tokenize', { content: 'x' })).status).toBe(404);
    expect((await askFake(engine.url, '/api/version')).lines).toEqual([{ version: '0.32.15', engine: 'other' }]);
    expect((await askFake(engine.url, '/tokenize', { model: 'fake:1b', content: 'x' })).status).toBe(404);
    const [answer] = (await ask(engine.url, { state, questions })).lines;
    expect(answer).toMatchObject({
      answers: {
        task: { type: 'noul', noul: expect.closeTo(0.1) },
        kind: { choice: 'b', probabilities: { a: expect.closeTo(0.1), b: 0.9 }, confidence: 0.9 },
        size: { score: expect.closeTo(1.85), confidence: 0.9 },
      },
      usage: { input_tokens: 7, output_tokens: 0 },
    });
    expect((await ask(engine.url, { state: '', questions: { x: { type: 'other' } } })).status).toBe(400);
    expect(
      (await askFake(engine.url, '/tokenize', { model: 'fake:1b', content: 'one two' })).lines[0]?.tokens,
    ).toHaveLength(2);
    const { lines } = await chat(engine.url, '[say one two]');
    expect(lines[0]).toMatchObject({ done: false, prompt_eval_count: 3, eval_count: 1 });
    expect(lines.at(-1)).toMatchObject({ timings: { cache_n: 1, prompt_n: 2, predicted_n: 2 } });
    expect((await chat(ollama.url, '[say one two]')).lines[0]).not.toHaveProperty('eval_count');
  });
});

describe('the fake embeds', () => {
  it('texts as vectors of length 1, the same for the same text', async () => {
    await using fake = await startFakeOllama({ models: [{ model: 'v', capabilities: ['embedding'] }] });
    const [answer] = (await askFake(fake.url, '/api/embed', { model: 'v', input: ['one two', 'three', 'one two'] }))
      .lines;
    const vectors = answer?.embeddings as number[][];
    expect(vectors).toHaveLength(3);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1);
    expect(vectors[0]).toEqual(vectors[2]);
    expect(answer?.prompt_eval_count).toBe(5);
    expect((await askFake(fake.url, '/api/embeddings', { model: 'v', prompt: 'three' })).lines[0]).toEqual({
      embedding: vectorOf('three'),
    });
  });

  it('nothing as nothing, and too much only where it may be cut', async () => {
    await using fake = await startFakeOllama({ models: [{ model: 'v', capabilities: ['embedding'] }] });
    const embed = (more: JsonObject) => askFake(fake.url, '/api/embed', { model: 'v', ...more });
    expect((await embed({})).lines[0]).toEqual({ model: 'v', embeddings: [] });
    const long = { input: 'word '.repeat(20), options: { num_ctx: 10 } };
    expect((await embed(long)).lines[0]?.prompt_eval_count).toBe(10);
    expect((await embed({ ...long, truncate: false })).status).toBe(400);
    expect(
      (await askFake(fake.url, '/api/chat', { model: 'v', messages: [{ role: 'user', content: 'x' }] })).status,
    ).toBe(400);
    expect((await askFake(fake.url, '/api/embeddings', { model: 'v', prompt: '' })).lines[0]).toEqual({
      embedding: [],
    });
  });
});

describe('the fake refuses what Ollama refuses', () => {
  const cases: [string, Parameters<typeof askFake>[1], JsonObject | string | undefined, number, RegExp][] = [
    ['an unknown model', '/api/show', { model: 'no' }, 404, /^model 'no' not found$/],
    ['an unknown embedder', '/api/embed', { model: 'no', input: 'x' }, 404, /not found/],
    [
      'a duration without a unit',
      '/api/generate',
      { model: 'fake:1b', keep_alive: '-1' },
      400,
      /missing unit in duration "-1"/,
    ],
    [
      'an option of the wrong type',
      '/api/chat',
      { model: 'fake:1b', options: { num_ctx: 'x' } },
      400,
      /option "num_ctx" must be of type integer/,
    ],
    ['a stop that is no list', '/api/chat', { model: 'fake:1b', options: { stop: 'x' } }, 400, /must be of type array/],
    ['a body that is no JSON', '/api/chat', '{"model"', 400, /invalid character/],
    ['no body', '/api/chat', '', 400, /missing request body/],
  ];
  for (const [name, path, body, status, words] of cases) {
    it(name, async () => {
      await using fake = await startFakeOllama();
      const answer = await askFake(fake.url, path, body);
      expect(answer.status).toBe(status);
      expect(String(answer.lines[0]?.error)).toMatch(words);
      expect(answer.type).toMatch(/application\/json/);
    });
  }

  it('unknown options pass', async () => {
    await using fake = await startFakeOllama();
    expect((await chat(fake.url, 'x', { options: { nonsense: 1, temperature: 0.5 } })).status).toBe(200);
  });

  it('another host with a bare 403, an unknown path and another method without JSON, a missing token', async () => {
    await using fake = await startFakeOllama();
    const foreign = await askFake(fake.url, '/api/tags', undefined, { headers: { host: 'evil.example' } });
    expect(foreign).toMatchObject({ status: 403, text: '' });
    for (const host of ['localhost:1', '127.0.0.2', '[::1]:9', 'a.localhost'])
      expect((await askFake(fake.url, '/api/tags', undefined, { headers: { host } })).status, host).toBe(200);
    expect(await askFake(fake.url, '/nowhere')).toMatchObject({ status: 404, text: '404 page not found' });
    expect(await askFake(fake.url, '/api/chat')).toMatchObject({ status: 405 });
    expect(await askFake(fake.url, '/')).toMatchObject({ status: 200, text: 'Ollama is running' });
    await using guarded = await startFakeOllama({ token: 'secret' });
    expect((await askFake(guarded.url, '/api/tags')).status).toBe(401);
    const headers = { authorization: 'Bearer secret' };
    expect((await askFake(guarded.url, '/api/tags', undefined, { headers })).status).toBe(200);
  });
});

describe('the fake pulls and deletes', () => {
  it('with progress or without, and says in the stream what cannot be found', async () => {
    await using fake = await startFakeOllama({ timing: { loadMs: 4 } });
    const pull = (body: JsonObject) => askFake(fake.url, '/api/pull', body);
    const { lines } = await pull({ model: 'pullable:1b' });
    expect(lines.map(({ status }) => String(status).split(' ')[0])).toEqual([
      ...['pulling', 'pulling', 'pulling', 'pulling'],
      ...['verifying', 'writing', 'success'],
    ]);
    expect((await pull({ name: 'pullable:1b', stream: false })).lines).toEqual([{ status: 'success' }]);
    expect(await pull({ model: 'no' })).toMatchObject({
      status: 200,
      lines: [{}, { error: expect.stringMatching(/does not exist/) }],
    });
    expect((await pull({ model: 'no', stream: false })).status).toBe(500);
    const remove = () => askFake(fake.url, '/api/delete', { model: 'pullable:1b' }, { method: 'DELETE' });
    expect((await askFake(fake.url, '/api/generate', { model: 'pullable:1b' })).status).toBe(200);
    expect((await remove()).status).toBe(200);
    expect(fake.resident()).toEqual([]);
    expect((await remove()).status).toBe(404);
  });
});
