import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { linesOf, type ScriptedEngine, scriptedEngine } from '../../scripted-engine.js';

describe('/api/generate', () => {
  let engine: ScriptedEngine;
  beforeAll(async () => {
    engine = await scriptedEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });
  beforeEach(() => engine.answer({ pieces: ['hel', 'lo'] }));
  const generate = (body: object = {}) => engine.post('/api/generate', { model: 'able', prompt: 'hi', ...body });

  it('streams its text in response, thinking apart', async () => {
    engine.answer({ pieces: ['~hm', 'hel', 'lo'] });
    const lines = await linesOf(await generate());
    expect(lines.map(({ response, thinking, done }) => [response, thinking, done])).toEqual([
      ['', 'hm', false],
      ['hel', undefined, false],
      ['lo', undefined, false],
      ['', undefined, true],
    ]);
    expect(lines.map(({ eval_count }) => eval_count)).toEqual([1, 2, 3, 3]);
    const whole = await engine.ask('/api/generate', { model: 'able', prompt: 'hi', stream: false });
    expect(whole.body).toMatchObject({
      response: 'hello',
      thinking: 'hm',
      done: true,
      timings: { cache_n: 5, prompt_n: 3 },
    });
  });

  it('is a conversation of a system prompt and the prompt, or raw text', async () => {
    await (await generate({ system: 'be brief', format: 'json', think: false, truncate: false })).text();
    expect(engine.lastCall()).toMatchObject({
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'hi' },
      ],
      ...{ kind: 'chat', tools: [], format: { kind: 'json' }, think: false, truncate: false },
    });
    await (await generate({ raw: true, context: [], options: { num_predict: 4 } })).text();
    expect(engine.lastCall()).toMatchObject({ kind: 'raw', prompt: 'hi', maxTokens: 4, format: null });
  });

  it.each<[object, string]>([
    [{ suffix: 'end' }, 'does not support insert'],
    [{ images: ['AA=='] }, 'does not support vision'],
    [{ template: '{{ .Prompt }}' }, 'does not support template'],
    [{ raw: true, system: 'be brief' }, 'raw mode does not support template, system, or context'],
    [{ raw: true, context: [1, 2] }, 'raw mode does not support template, system, or context'],
    [{ model: 'plain', think: true }, '"plain" does not support thinking'],
    [{ model: 'vectors' }, '"vectors" does not support generate'],
    [{ format: [] }, 'invalid format'],
    [{ prompt: 7 }, 'prompt: expected string'],
  ])('refuses %j: %s', async (body, error) => {
    const response = await generate(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: expect.stringContaining(error) });
  });

  it('takes what is switched off', async () => {
    const off = { suffix: '', images: [], template: '', format: '', think: null, context: null, logprobs: false };
    expect((await generate(off)).status).toBe(200);
  });

  it('ignores a context, with a line in the log', async () => {
    engine.warnings.length = 0;
    expect((await generate({ context: [1, 2, 3] })).status).toBe(200);
    expect(engine.warnings).toEqual([{ model: 'able:latest' }]);
  });

  it.each([[{}], [{ prompt: '' }], [{ prompt: null, raw: true }], [{ model: 'vectors' }]])(
    'loads without a prompt: %j',
    async (body) => {
      const { status, body: answer } = await engine.ask('/api/generate', { model: 'able', ...body, keep_alive: '1h' });
      expect(status).toBe(200);
      expect(answer).toMatchObject({ response: '', done: true, done_reason: 'load' });
    },
  );

  it('loads with the options of the load', async () => {
    await engine.ask('/api/generate', { model: 'able', keep_alive: 0 });
    await engine.ask('/api/generate', { model: 'able', options: { num_ctx: 1_024, num_batch: 64, num_gpu: 0 } });
    expect(engine.loads.at(-1)).toMatchObject({ contextTokens: 1_024, batchTokens: 64, gpuLayers: 0 });
    const before = engine.loads.length;
    await engine.ask('/api/generate', { model: 'able', options: { num_ctx: 512 } });
    expect(engine.loads).toHaveLength(before);
  });

  it('a child that dies before the first piece is a 500, later a line, and no answer ends without one', async () => {
    engine.answer({ failure: { code: 'internal', message: 'llama.cpp gave up' } });
    const early = await generate();
    expect(early.status).toBe(500);
    expect(await early.json()).toMatchObject({ error: 'llama.cpp gave up', code: 'runner-crashed' });
  });
});
