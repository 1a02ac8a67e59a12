import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { type FakeOllama, type FakeOllamaOptions, startFakeOllama } from '../../../src/testing/index.js';
import type { JsonObject } from '../../../src/types.js';
import { askFake } from '../../setup/ask-fake.js';

const four = ['a', 'b', 'c', 'd'].map((model) => ({ model, bytes: 10 }));
const names = (fake: FakeOllama) => fake.resident().map(({ model }) => model);
const load = (fake: FakeOllama, model: string, more: JsonObject = {}) =>
  askFake(fake.url, '/api/generate', { model, stream: false, ...more });
const chat = (fake: FakeOllama, content: string, more: JsonObject = {}, signal?: AbortSignal) =>
  askFake(
    fake.url,
    '/api/chat',
    { model: 'fake:1b', messages: [{ role: 'user', content }], ...more },
    signal === undefined ? {} : { signal },
  );

async function timed(options: FakeOllamaOptions = {}) {
  const clock = manualClock();
  const fake = await startFakeOllama({ models: four, ...options, clock: { ...clock, monotonicMs: clock.now } });
  return { clock, fake, [Symbol.asyncDispose]: () => fake.close() };
}

describe('the memory of the fake', () => {
  it('models leave when their time is over, and a restart loses all', async () => {
    await using opened = await timed();
    const { clock, fake } = opened;
    await load(fake, 'a', { keep_alive: -1 });
    await load(fake, 'b', { keep_alive: '5m' });
    await load(fake, 'c', { keep_alive: 60 });
    expect(names(fake)).toEqual(['c', 'b', 'a']);
    await clock.advance(61_000);
    expect(names(fake)).toEqual(['b', 'a']);
    await clock.advance(600_000);
    expect(names(fake)).toEqual(['a']);
    await fake.restart();
    expect(fake.resident()).toEqual([]);
    expect((await load(fake, 'a')).status).toBe(200);
  });

  it('a request without keep_alive keeps the stay and starts it anew; a fresh load without it stays five minutes', async () => {
    await using opened = await timed();
    const { clock, fake } = opened;
    await load(fake, 'a', { keep_alive: '10m' });
    await load(fake, 'b');
    await clock.advance(240_000);
    await load(fake, 'a');
    await load(fake, 'b');
    expect(fake.resident().map(({ expiresAtMs }) => expiresAtMs - clock.now())).toEqual([300_000, 600_000]);
    await clock.advance(310_000);
    expect(names(fake)).toEqual(['a']);
  });

  it('a fourth model takes the place of the idle one with the shortest stay, then of the first by name', async () => {
    await using opened = await timed();
    const { fake } = opened;
    await load(fake, 'a', { keep_alive: -1 });
    await load(fake, 'b', { keep_alive: '5m' });
    await load(fake, 'c', { keep_alive: '10m' });
    await load(fake, 'd', { keep_alive: -1 });
    expect(names(fake).sort()).toEqual(['a', 'c', 'd']);
    await load(fake, 'c', { keep_alive: -1 });
    await load(fake, 'b', { keep_alive: -1 });
    expect(names(fake).sort()).toEqual(['b', 'c', 'd']);
  });

  it('a pinned model leaves for another one where only one may stay, after its answer', async () => {
    await using fake = await startFakeOllama({ models: four, maxModels: 1 });
    await load(fake, 'a', { keep_alive: -1 });
    const answer = askFake(fake.url, '/api/generate', { model: 'a', prompt: '[tokens=20] [rate=100]', keep_alive: -1 });
    await until('it answers', () => fake.slots().a === 1);
    const loading = load(fake, 'b');
    await until('the load is asked for', () => fake.log.length === 3);
    expect(names(fake)).toEqual(['a']);
    expect((await answer).lines.at(-1)).toMatchObject({ done: true, eval_count: 20 });
    expect((await loading).status).toBe(200);
    expect(names(fake)).toEqual(['b']);
  });

  it('models that do not fit together take turns, and one that fits nowhere is a 500', async () => {
    const models = [
      { model: 'small', bytes: 4 },
      { model: 'large', bytes: 1, memoryBytes: 8 },
      { model: 'huge', bytes: 11 },
    ];
    await using fake = await startFakeOllama({ models, memoryBytes: 10 });
    await load(fake, 'small');
    await load(fake, 'large');
    expect(names(fake)).toEqual(['large']);
    expect((await askFake(fake.url, '/api/ps')).lines[0]).toMatchObject({ models: [{ name: 'large', size: 8 }] });
    expect(await load(fake, 'huge')).toMatchObject({
      status: 500,
      lines: [{ error: expect.stringMatching(/memory/) }],
    });
    expect(fake.resident()).toEqual([]);
  });

  it('another context is another runner, which has the stay of the request that asked for it', async () => {
    await using opened = await timed();
    const { clock, fake } = opened;
    await load(fake, 'a', { keep_alive: -1, options: { num_ctx: 8192 } });
    await load(fake, 'a', { options: { num_ctx: 8192, temperature: 1 } });
    expect(fake.loads).toEqual({ a: 1 });
    await load(fake, 'a');
    expect(fake.loads).toEqual({ a: 2 });
    expect(fake.resident()).toEqual([{ model: 'a', contextTokens: 4096, expiresAtMs: clock.now() + 300_000 }]);
  });

  it('keep_alive 0 unloads at once, after the answer, and once nobody has the model', async () => {
    await using fake = await startFakeOllama();
    expect((await load(fake, 'fake:1b', { keep_alive: 0 })).lines[0]).toMatchObject({ done_reason: 'unload' });
    await chat(fake, 'x', { keep_alive: 0 });
    expect(fake.resident()).toEqual([]);
    const answer = chat(fake, '[tokens=10] [rate=100]', { keep_alive: -1 });
    await until('it answers', () => fake.slots()['fake:1b'] === 1);
    await load(fake, 'fake:1b', { keep_alive: 0 });
    expect(names(fake)).toEqual(['fake:1b']);
    await answer;
    expect(fake.resident()).toEqual([]);
  });

  it('loads come one after the other, past them go requests whose model is there, and beyond the queue is a 503', async () => {
    await using fake = await startFakeOllama({ models: four, timing: { loadMs: 200 }, maxQueue: 2 });
    await load(fake, 'd');
    const cold = ['a', 'b', 'c', 'a', 'b'].map((model) => load(fake, model));
    const warm = askFake(fake.url, '/api/generate', { model: 'd', prompt: 'x' });
    expect((await warm).status).toBe(200);
    expect(fake.loads).toEqual({ d: 1 });
    const answers = await Promise.all(cold);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 503, 503]);
    expect(answers.find(({ status }) => status === 503)?.lines).toEqual([
      { error: 'server busy, please try again.  maximum pending requests exceeded' },
    ]);
  });

  it('a load ends with the client that asked for it, and is not in ps before it is over', async () => {
    await using fake = await startFakeOllama({ timing: { loadMs: 10_000 } });
    const controller = new AbortController();
    const left = askFake(fake.url, '/api/generate', { model: 'fake:1b' }, { signal: controller.signal });
    await until('asked', () => fake.log.length === 1);
    expect((await askFake(fake.url, '/api/ps')).lines).toEqual([{ models: [] }]);
    controller.abort();
    await expect(left).rejects.toThrow();
    await until('it noticed', () => fake.log[0]?.end === 'aborted');
    expect([fake.loads, fake.resident()]).toEqual([{}, []]);
  });
});

describe('slots of the fake', () => {
  it('are as many as it has, and those who wait come in order', async () => {
    await using fake = await startFakeOllama({ slots: 2 });
    await load(fake, 'fake:1b');
    const ended: string[] = [];
    const ask = (name: string, rate: number) =>
      chat(fake, `${name} [tokens=10] [rate=${rate}]`).then(() => ended.push(name));
    const first = [ask('slow', 50), ask('quick', 200)];
    await until('both compute', () => fake.slots()['fake:1b'] === 2);
    const second = [ask('third', 1_000)];
    await until('it waits', () => fake.log.length === 4);
    second.push(ask('fourth', 1_000));
    await Promise.all([...first, ...second]);
    expect(ended.indexOf('third')).toBeLessThan(ended.indexOf('fourth'));
    expect(ended[0]).toBe('quick');
    expect(fake.slots()).toEqual({ 'fake:1b': 0 });
  });

  it('a client that leaves gives its slot back, and one that waits leaves the queue', async () => {
    await using fake = await startFakeOllama();
    const [first, second] = [new AbortController(), new AbortController()];
    const running = chat(fake, '[tokens=900] [rate=50]', {}, first.signal);
    await until('it computes', () => fake.slots()['fake:1b'] === 1);
    const waiting = chat(fake, 'x', {}, second.signal);
    await until('it waits', () => fake.log.length === 2);
    second.abort();
    await expect(waiting).rejects.toThrow();
    await until('it left', () => fake.log[1]?.end === 'aborted');
    first.abort();
    await expect(running).rejects.toThrow();
    await until('the slot is free', () => fake.slots()['fake:1b'] === 0);
    expect((await chat(fake, '[say next]')).lines.at(-1)).toMatchObject({ done: true });
    expect(fake.log.map(({ end, text }) => [end, text === 'next'])).toEqual([
      ['aborted', false],
      ['aborted', false],
      ['done', true],
    ]);
  });

  it('a leaked slot stays taken until the model leaves', async () => {
    await using fake = await startFakeOllama({ faults: [{ kind: 'leak-slot', times: 1 }] });
    const controller = new AbortController();
    const left = chat(fake, '[tokens=900] [rate=50]', {}, controller.signal);
    await until('it computes', () => (fake.log[0]?.outputTokens ?? 0) > 0);
    controller.abort();
    await expect(left).rejects.toThrow();
    await until('it noticed', () => fake.log[0]?.end === 'aborted');
    await expect(chat(fake, 'x', {}, AbortSignal.timeout(200))).rejects.toThrow();
    expect(fake.slots()).toEqual({ 'fake:1b': 1 });
    await load(fake, 'fake:1b', { keep_alive: 0 });
    expect((await chat(fake, 'x')).status).toBe(200);
    expect(fake.slots()).toEqual({ 'fake:1b': 0 });
  });
});

describe('what happens to the fake as a whole', () => {
  it('evict, reload and runOutOfMemory take effect once nobody has the model', async () => {
    await using fake = await startFakeOllama({ models: four });
    await load(fake, 'a', { keep_alive: -1 });
    fake.evict('a');
    fake.evict('b');
    expect(fake.resident()).toEqual([]);
    await load(fake, 'a', { keep_alive: -1 });
    await fake.reload('a');
    expect(fake.resident()).toMatchObject([{ model: 'a', contextTokens: 2048 }]);
    await fake.reload('a', 512);
    expect(fake.resident()).toMatchObject([{ model: 'a', contextTokens: 512 }]);
    await load(fake, 'b');
    const answer = askFake(fake.url, '/api/generate', { model: 'b', prompt: '[tokens=20] [rate=100]' });
    await until('it answers', () => fake.slots().b === 1);
    fake.runOutOfMemory();
    expect(names(fake)).toEqual(['b']);
    await answer;
    expect(fake.resident()).toEqual([]);
  });

  it('flap comes and goes, and is there in the end at the same address', async () => {
    await using fake = await startFakeOllama();
    await load(fake, 'fake:1b');
    const flapping = fake.flap({ times: 3, downMs: 10, upMs: 10 });
    const refused = await until('it is away', () =>
      askFake(fake.url, '/api/version').then(
        () => false,
        () => true,
      ),
    );
    expect(refused).toBe(true);
    await flapping;
    expect((await askFake(fake.url, '/api/version')).status).toBe(200);
    expect(fake.resident()).toEqual([]);
  });

  it('changeDigest changes what is installed and, after the next load, what is in memory', async () => {
    await using fake = await startFakeOllama();
    const digest = async (path: string) =>
      ((await askFake(fake.url, path)).lines[0]?.models as JsonObject[] | undefined)?.[0]?.digest;
    await load(fake, 'fake:1b');
    const before = await digest('/api/tags');
    fake.changeDigest('fake:1b');
    expect(await digest('/api/tags')).not.toBe(before);
    expect(await digest('/api/ps')).toBe(before);
    await load(fake, 'fake:1b', { keep_alive: 0 });
    await load(fake, 'fake:1b');
    expect(await digest('/api/ps')).toBe(await digest('/api/tags'));
  });

  it('a lagging ps shows what was in memory a while ago', async () => {
    await using opened = await timed({ faults: [{ kind: 'ps-lag', delayMs: 1_000 }] });
    const { clock, fake } = opened;
    const seen = async () => {
      const { models = [] } = (await askFake(fake.url, '/api/ps')).lines[0] ?? {};
      return (models as JsonObject[]).map(({ name }) => name);
    };
    await clock.advance(5_000);
    await load(fake, 'a');
    expect(await seen()).toEqual([]);
    await clock.advance(1_000);
    expect(await seen()).toEqual(['a']);
    await load(fake, 'a', { keep_alive: 0 });
    expect(await seen()).toEqual(['a']);
    await clock.advance(1_000);
    expect(await seen()).toEqual([]);
  });

  it('refusing connections and a restart do not get into each other’s way, and closing twice is closing once', async () => {
    const fake = await startFakeOllama();
    await Promise.all([fake.restart(5), fake.set({ kind: 'refuse' })]);
    await expect(askFake(fake.url, '/')).rejects.toThrow(/ECONNREFUSED/);
    await Promise.all([fake.set(), fake.restart(5)]);
    expect((await askFake(fake.url, '/')).status).toBe(200);
    const flapping = fake.flap();
    await fake.close();
    await fake.close();
    await flapping;
    await expect(askFake(fake.url, '/')).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('delays of the fake', () => {
  it('are the same for the same seed and stray as far as they may', async () => {
    const waits = async (seed: number) => {
      const delays: number[] = [];
      const clock = { ...manualClock(), monotonicMs: () => 0 };
      const after = (delayMs: number, callback: () => void) => {
        if (delayMs < 10_000) delays.push(delayMs);
        setImmediate(callback);
        return () => {};
      };
      await using fake = await startFakeOllama({
        seed,
        timing: { tokensPerSecond: 10, tokens: 20, jitter: 0.5 },
        clock: { ...clock, after },
      });
      await chat(fake, 'x', { keep_alive: -1 });
      return delays;
    };
    const [one, again, other] = [await waits(1), await waits(1), await waits(2)];
    expect(one).toHaveLength(20);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
    for (const delayMs of one) expect(Math.abs(delayMs - 100)).toBeLessThanOrEqual(50);
    expect(new Set(one).size).toBeGreaterThan(10);
  });
});

it('a dozen requests that it goes on with for itself are no leak of listeners', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  try {
    await using fake = await startFakeOllama({ slots: 12, faults: [{ kind: 'deaf-prefill', delayMs: 200 }] });
    const body = JSON.stringify({ model: 'fake:1b', prompt: 'x' });
    const answers = Array.from({ length: 12 }, () => fetch(`${fake.url}/api/generate`, { method: 'POST', body }));
    const reloads = Array.from({ length: 12 }, () => fake.reload('fake:1b'));
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
    await Promise.all(reloads);
    expect(warnings).toEqual([]);
  } finally {
    process.off('warning', onWarning);
  }
});
