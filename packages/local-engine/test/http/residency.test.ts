import { until } from '@tale/test-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestEngine, testEngine } from '../test-engine.js';

interface Running {
  readonly name: string;
  readonly size: number;
  readonly context_length: number;
  readonly expires_at: string;
}

describe('residency of models', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await testEngine({ install: ['tiny', 'endless'] });
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
  });
  const running = async () =>
    (await (await fetch(`${test.url}/api/ps`)).json()) as { models: Running[]; loading: object[] };
  const generate = async (body: object) => (await test.post('/api/generate', { stream: false, ...body })).json();
  beforeEach(async () => {
    for (const model of ['tiny', 'endless']) await generate({ model, keep_alive: 0 });
    await until('all models are unloaded', async () => (await running()).models.length === 0);
  });

  it('an empty prompt loads, and keep_alive 0 with it unloads', async () => {
    expect(await generate({ model: 'tiny', keep_alive: -1 })).toMatchObject({
      response: '',
      done: true,
      done_reason: 'load',
    });
    const [model] = (await running()).models;
    expect(model).toMatchObject({ name: 'tiny:latest', context_length: 2_048 });
    expect(model!.size).toBeGreaterThan(20_000_000);
    expect(new Date(model!.expires_at).getUTCFullYear()).toBe(2318);
    const chat = await test.post('/api/chat', { model: 'tiny', keep_alive: 0 });
    expect(await chat.json()).toMatchObject({ message: { content: '' }, done_reason: 'unload' });
    expect((await running()).models).toEqual([]);
  });

  it('unloading what is not loaded is no error', async () => {
    expect(await generate({ model: 'tiny', keep_alive: '0s' })).toMatchObject({ done_reason: 'unload' });
  });

  it('a model that was unloaded twice stays as long as any when it is loaded again', async () => {
    for (let time = 0; time < 2; time++) await generate({ model: 'tiny', keep_alive: 0 });
    await generate({ model: 'tiny' });
    const [model] = (await running()).models;
    expect(Date.parse(model!.expires_at) - Date.now()).toBeGreaterThan(240_000);
  });

  it('keep_alive 0 with a prompt answers, then unloads', async () => {
    const options = { temperature: 0 };
    expect(await generate({ model: 'tiny', prompt: 'hi', keep_alive: 0, options })).toMatchObject({
      done_reason: 'stop',
    });
    await until('the model is unloaded', async () => (await running()).models.length === 0);
  });

  it('a left out keep_alive keeps the last one and restarts the time', async () => {
    await generate({ model: 'tiny', keep_alive: '1h' });
    const before = Date.parse((await running()).models[0]!.expires_at);
    await generate({ model: 'tiny', prompt: 'hi', options: { num_predict: 1 } });
    const after = Date.parse((await running()).models[0]!.expires_at);
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after - Date.now()).toBeGreaterThan(3_000_000);
  });

  it('a fresh load stays five minutes', async () => {
    await generate({ model: 'tiny' });
    const leftMs = Date.parse((await running()).models[0]!.expires_at) - Date.now();
    expect(leftMs).toBeGreaterThan(240_000);
    expect(leftMs).toBeLessThanOrEqual(300_000);
  });

  it('models are listed by the time they have left', async () => {
    await generate({ model: 'tiny', keep_alive: '2h' });
    await generate({ model: 'endless', keep_alive: '1h' });
    expect((await running()).models.map(({ name }) => name)).toEqual(['endless:latest', 'tiny:latest']);
  });

  it('a model that is being loaded stands in loading', async () => {
    const loading = generate({ model: 'tiny' });
    await until('it is loading', async () => (await running()).loading.length === 1);
    await loading;
    expect((await running()).loading).toEqual([]);
  });

  it('a smaller num_ctx never loads again, a larger one does', async () => {
    await generate({ model: 'tiny', options: { num_ctx: 1_024 } });
    expect((await running()).models[0]).toMatchObject({ context_length: 1_024 });
    await generate({ model: 'tiny', options: { num_ctx: 512 } });
    expect((await running()).models[0]).toMatchObject({ context_length: 1_024 });
    await generate({ model: 'tiny', keep_alive: '1h', options: { num_ctx: 99_999 } });
    expect((await running()).models[0]).toMatchObject({ context_length: 2_048 });
  });

  it('callers share one load, and one that leaves does not end it', async () => {
    const left = new AbortController();
    const impatient = test.post('/api/generate', { model: 'tiny' }, { signal: left.signal });
    impatient.catch(() => {});
    const patient = generate({ model: 'tiny' });
    await until('it is loading', async () => (await running()).loading.length === 1);
    left.abort();
    expect(await patient).toMatchObject({ done_reason: 'load' });
    expect((await running()).models).toHaveLength(1);
  });
});
