import { manualClock, until } from '@tale/test-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SpawnRunner } from '../../src/index.js';
import { fakeRunners } from '../../src/testing/index.js';
import { type TestEngine, testEngine } from '../test-engine.js';

interface Running {
  readonly name: string;
  readonly size: number;
  readonly context_length: number;
  readonly expires_at: string;
}

const runningOf = async ({ url }: TestEngine) =>
  (await (await fetch(`${url}/api/ps`)).json()) as { models: Running[]; loading: object[] };
const generateWith = async (test: TestEngine, body: object) =>
  (await test.post('/api/generate', { stream: false, ...body })).json();

it('an empty prompt loads a real model, and keep_alive 0 with it unloads', async () => {
  await using test = await testEngine();
  expect(await generateWith(test, { model: 'tiny', keep_alive: -1 })).toMatchObject({
    response: '',
    done: true,
    done_reason: 'load',
  });
  const [model] = (await runningOf(test)).models;
  expect(model).toMatchObject({ name: 'tiny:latest', context_length: 2_048 });
  expect(model!.size).toBeGreaterThan(20_000_000);
  expect(new Date(model!.expires_at).getUTCFullYear()).toBe(2318);
  const chat = await test.post('/api/chat', { model: 'tiny', keep_alive: 0 });
  expect(await chat.json()).toMatchObject({ message: { content: '' }, done_reason: 'unload' });
  expect((await runningOf(test)).models).toEqual([]);
  await until('its process is gone', () => test.children.every(({ isGone }) => isGone));
});

describe('residency of models', () => {
  const clock = manualClock();
  /** Loads wait while it is set, and begin with `release`. */
  let held: (() => void)[] | null = null;
  let loads = 0;
  let test: TestEngine;
  beforeAll(async () => {
    const fakes = fakeRunners();
    const spawnRunner: SpawnRunner = (entry) => {
      const child = fakes.spawn(entry);
      return {
        ...child,
        send(message) {
          if (message.type === 'load') loads++;
          if (message.type === 'load' && held) held.push(() => child.send(message));
          else child.send(message);
        },
      };
    };
    test = await testEngine({ install: ['tiny', 'endless'], spawnRunner, clock });
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
  });
  const running = () => runningOf(test);
  const generate = (body: object) => generateWith(test, body);
  const leftMs = ({ expires_at }: Running) => Date.parse(expires_at) - clock.now();
  const release = () => {
    for (const go of held ?? []) go();
    held = null;
  };
  beforeEach(async () => {
    loads = 0;
    for (const model of ['tiny', 'endless']) await generate({ model, keep_alive: 0 });
    await until('all models are unloaded', async () => (await running()).models.length === 0);
  });

  it('unloading what is not loaded is no error', async () => {
    expect(await generate({ model: 'tiny', keep_alive: '0s' })).toMatchObject({ done_reason: 'unload' });
    expect(loads).toBe(0);
  });

  it('a model that was unloaded twice stays as long as any when it is loaded again', async () => {
    for (let time = 0; time < 2; time++) await generate({ model: 'tiny', keep_alive: 0 });
    await generate({ model: 'tiny' });
    expect((await running()).models.map(leftMs)).toEqual([300_000]);
  });

  it('keep_alive 0 with a prompt answers, then unloads', async () => {
    expect(await generate({ model: 'tiny', prompt: 'hi', keep_alive: 0 })).toMatchObject({ done_reason: 'stop' });
    await until('the model is unloaded', async () => (await running()).models.length === 0);
  });

  it('a left out keep_alive keeps the last one and restarts the time', async () => {
    await generate({ model: 'tiny', keep_alive: '1h' });
    await clock.advance(600_000);
    expect((await running()).models.map(leftMs)).toEqual([3_000_000]);
    await generate({ model: 'tiny', prompt: 'hi' });
    expect((await running()).models.map(leftMs)).toEqual([3_600_000]);
  });

  it('a fresh load stays five minutes', async () => {
    await generate({ model: 'tiny' });
    expect((await running()).models.map(leftMs)).toEqual([300_000]);
    await clock.advance(299_000);
    expect((await running()).models).toHaveLength(1);
    await clock.advance(1_000);
    await until('it is unloaded', async () => (await running()).models.length === 0);
  });

  it('models are listed by the time they have left', async () => {
    await generate({ model: 'tiny', keep_alive: '2h' });
    await generate({ model: 'endless', keep_alive: '1h' });
    expect((await running()).models.map(({ name }) => name)).toEqual(['endless:latest', 'tiny:latest']);
  });

  it('a model that is being loaded stands in loading', async () => {
    held = [];
    const loading = generate({ model: 'tiny' });
    await until('it is loading', async () => held?.length === 1 && (await running()).loading.length === 1);
    expect((await running()).models).toEqual([]);
    release();
    await loading;
    expect(await running()).toMatchObject({ loading: [], models: [{ name: 'tiny:latest' }] });
  });

  it('a smaller num_ctx never loads again, a larger one does', async () => {
    await generate({ model: 'tiny', options: { num_ctx: 1_024 } });
    expect((await running()).models[0]).toMatchObject({ context_length: 1_024 });
    await generate({ model: 'tiny', options: { num_ctx: 512 } });
    expect((await running()).models[0]).toMatchObject({ context_length: 1_024 });
    expect(loads).toBe(1);
    await generate({ model: 'tiny', keep_alive: '1h', options: { num_ctx: 99_999 } });
    expect((await running()).models[0]).toMatchObject({ context_length: 2_048 });
    expect(loads).toBe(2);
  });

  it('callers share one load, and one that leaves does not end it', async () => {
    held = [];
    const left = new AbortController();
    const impatient = test.post('/api/generate', { model: 'tiny' }, { signal: left.signal });
    impatient.catch(() => {});
    await until('it is loading', async () => held?.length === 1);
    const patient = generate({ model: 'tiny' });
    left.abort();
    await expect(impatient).rejects.toThrow();
    release();
    expect(await patient).toMatchObject({ done_reason: 'load' });
    expect((await running()).models).toHaveLength(1);
    expect(loads).toBe(1);
  });
});
