import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ScriptedEngine, scriptedEngine } from '../../scripted-engine.js';

describe('vectors', () => {
  let engine: ScriptedEngine;
  beforeAll(async () => {
    engine = await scriptedEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });
  beforeEach(() =>
    engine.answer((call) => ({
      result: { vectors: call.kind === 'embed' ? call.input.map(() => [0.6, 0, 0.8]) : [], promptTokens: 4 },
    })),
  );
  const embed = (body: object) => engine.ask('/api/embed', { model: 'vectors', ...body });

  it('come for one text and for several', async () => {
    const one = await embed({ input: 'a' });
    expect(one.body).toMatchObject({ model: 'vectors', embeddings: [[0.6, 0, 0.8]], prompt_eval_count: 4 });
    expect(Number.isInteger(one.body.total_duration) && Number.isInteger(one.body.load_duration)).toBe(true);
    expect(engine.lastCall()).toEqual({ kind: 'embed', input: ['a'], truncate: true });
    const two = await embed({ input: ['a', 'b'], truncate: false, model: 'able' });
    expect(two.body.embeddings).toHaveLength(2);
    expect(engine.lastCall()).toEqual({ kind: 'embed', input: ['a', 'b'], truncate: false });
  });

  it('are cut to the dimensions that are asked for, of length 1 again', async () => {
    expect((await embed({ input: 'a', dimensions: 1 })).body.embeddings).toEqual([[1]]);
    expect((await embed({ input: 'a', dimensions: 99 })).body.embeddings).toEqual([[0.6, 0, 0.8]]);
  });

  it.each([[{}], [{ input: '' }], [{ input: [] }], [{ input: null }]])(
    '%j loads the model and has none',
    async (body) => {
      const before = engine.calls.length;
      expect(await embed({ ...body, keep_alive: '1h' })).toEqual({
        status: 200,
        body: { model: 'vectors', embeddings: [] },
      });
      expect(engine.calls).toHaveLength(before);
      const running = (await (await fetch(`${engine.url}/api/ps`)).json()) as { models: { name: string }[] };
      expect(running.models.map(({ name }) => name)).toContain('vectors:latest');
    },
  );

  it('unload the model without a text and with keep_alive 0', async () => {
    await embed({ input: 'a' });
    expect((await embed({ keep_alive: 0 })).status).toBe(200);
    const running = (await (await fetch(`${engine.url}/api/ps`)).json()) as { models: { name: string }[] };
    expect(running.models.map(({ name }) => name)).not.toContain('vectors:latest');
  });

  it.each([
    [{ input: 7 }],
    [{ input: [7] }],
    [{ input: {} }],
    [{ input: 'a', dimensions: -1 }],
    [{ input: 'a', options: { num_ctx: 'big' } }],
    [{ input: 'a', keep_alive: '-1' }],
  ])('of %j are a bad request', async (body) => {
    expect((await embed(body)).status).toBe(400);
  });

  it('that fail inside are a 500, a text that is too long is a 400', async () => {
    engine.answer({ failure: { code: 'internal', message: 'llama.cpp gave up' } });
    expect(await embed({ input: 'a' })).toMatchObject({ status: 500, body: { error: 'llama.cpp gave up' } });
    engine.answer({ failure: { code: 'context-exceeded', message: 'the input length exceeds the context length' } });
    expect(await embed({ input: 'a' })).toMatchObject({ status: 400, body: { code: 'context-exceeded' } });
    expect((await embed({ input: 'a', model: 'unknown' })).status).toBe(404);
  });

  it('come one by one on the older route', async () => {
    const older = (body: object) => engine.ask('/api/embeddings', { model: 'vectors', ...body });
    expect(await older({ prompt: 'a' })).toEqual({ status: 200, body: { embedding: [0.6, 0, 0.8] } });
    expect((await older({ prompt: ['a', 'b'], dimensions: 1 })).body).toEqual({ embedding: [1] });
    expect(engine.lastCall()).toMatchObject({ input: ['a'] });
    expect(await older({})).toEqual({ status: 200, body: { embedding: [] } });
    expect((await older({ prompt: 7 })).status).toBe(400);
  });
});
