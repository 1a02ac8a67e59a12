import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { LocalEngineError } from '../../src/index.js';
import { loadModelChild } from '../../src/runner/model-child.js';
import { type CallOptions, createModelRunner } from '../../src/runner/model-runner.js';
import type { RunnerCall } from '../../src/runner/protocol.js';
import { type FakeRunnersOptions, fakeRunners } from '../../src/testing/index.js';

const call: RunnerCall = {
  kind: 'raw',
  prompt: 'hi',
  maxTokens: null,
  sampling: { temperature: 0, topK: 0, topP: 1, minP: 0, seed: null, stop: [], repeatPenalty: 1, repeatLastTokens: 0 },
};
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const turn = () => new Promise((resolve) => setImmediate(resolve));

function runnerOf(options: FakeRunnersOptions = {}) {
  const clock = manualClock();
  const fakes = fakeRunners(options);
  const starts: number[] = [];
  const runner = createModelRunner({
    name: 'x',
    clock,
    logger: silent,
    defaultKeepAliveMs: 300_000,
    startChild(contextTokens, _, { signal, onProgress, onCrash }) {
      starts.push(clock.now());
      const process = fakes.spawn('entry');
      signal.addEventListener('abort', () => process.kill());
      const load = { type: 'load' as const, modelPath: 'm', runtimeDir: 'r', contextTokens, threads: 1 };
      return loadModelChild({ process, clock, load, onProgress, onCrash });
    },
    onBusy() {},
  });
  const ask = (overrides: Partial<CallOptions> = {}) => {
    let text = '';
    const signal = new AbortController().signal;
    return runner
      .call(call, {
        ...{ signal, priority: 5, keepAliveMs: null, contextTokens: 512 },
        ...overrides,
        onText: (piece) => {
          text += piece.text;
        },
      })
      .then((outcome) => ({ ...outcome, text }));
  };
  return { clock, fakes, runner, ask, starts };
}

describe('runner of a model', () => {
  it('starts one child for many callers, and asks it one call at a time', async () => {
    const { ask, fakes, runner } = runnerOf();
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ text }) => text)).toEqual(Array(3).fill('hello from a fake model'));
    expect(fakes.all).toHaveLength(1);
    expect(runner.status()).toMatchObject({ state: 'ready', isIdle: true, contextTokens: 512 });
    await runner.close();
    await runner.close();
    expect(runner.status().state).toBe('absent');
    await expect(ask()).rejects.toMatchObject({ code: 'closed' });
  });

  it('takes urgent calls first', async () => {
    const { ask, fakes, runner } = runnerOf({ isAnswering: false });
    const order: string[] = [];
    const all = [
      ask().then(() => order.push('first')),
      ask({ priority: 1 }).then(() => order.push('low')),
      ask({ priority: 9 }).then(() => order.push('high')),
    ];
    const child = await until('a child', () => fakes.all[0]);
    child.emit({ type: 'ready', contextTokens: 512, residentBytes: 1 });
    const result = {
      reason: 'stop',
      cachedTokens: 0,
      promptTokens: 1,
      outputTokens: 1,
      promptMs: 1,
      outputMs: 1,
    } as const;
    for (const id of [1, 2, 3]) {
      await until(`call ${id}`, () => child.received.some((each) => each.type === 'call' && each.id === id));
      child.emit({ type: 'done', id, result });
    }
    await Promise.all(all);
    expect(order).toEqual(['first', 'high', 'low']);
    await runner.close();
  });

  it('refuses the 514th call while one runs and 512 wait', async () => {
    const { ask, runner } = runnerOf({ isAnswering: false });
    const waiting = Array.from({ length: 513 }, () => ask().catch((error) => error.code));
    await expect(ask()).rejects.toMatchObject({ code: 'busy', retryable: true });
    await runner.close();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['closed']));
  });

  it('unloads an idle model when its time is over, and not before', async () => {
    const { ask, clock, runner, fakes } = runnerOf();
    await ask({ keepAliveMs: 60_000 });
    await turn();
    await clock.advance(59_000);
    expect(runner.status().state).toBe('ready');
    await ask(); // begins the minute again
    await turn();
    await clock.advance(59_000);
    expect(runner.status().state).toBe('ready');
    await clock.advance(2_000);
    await until('the child is gone', () => fakes.all[0]?.isKilled);
    expect(runner.status().state).toBe('absent');
    await ask();
    expect(runner.status().keepAliveMs).toBe(300_000); // a fresh load has the default
    await runner.close();
  });

  it('unloads after the call when that is asked for while it runs', async () => {
    const { ask, runner, fakes } = runnerOf();
    const asking = ask({ keepAliveMs: Number.POSITIVE_INFINITY });
    await until('it loads', () => fakes.all.length === 1);
    await runner.unload();
    await asking;
    await until('the child is gone', () => fakes.all[0]?.isKilled);
    await ask({ keepAliveMs: Number.POSITIVE_INFINITY });
    await runner.unload({ wait: true });
    expect(fakes.all[1]?.isKilled).toBe(true);
  });

  it('starts a crashed child again, later each time until a call succeeds', async () => {
    const { ask, clock, fakes, starts, runner } = runnerOf({ isAnswering: false });
    const begin = clock.now();
    for (const waitMs of [0, 0, 1_000, 2_000]) {
      const asking = ask().catch((error) => error.code);
      await turn();
      await clock.advance(waitMs);
      const child = await until('a child', () => fakes.all[starts.length - 1]);
      child.emit({ type: 'ready', contextTokens: 512, residentBytes: 1 });
      await until('the call', () => child.received.some(({ type }) => type === 'call'));
      child.crash();
      expect(await asking).toBe('runner-crashed');
    }
    expect(starts.map((startedAtMs) => startedAtMs - begin)).toEqual([0, 0, 1_000, 3_000]);
    await runner.close();
  });

  it('reports a child that dies while it loads, and one that cannot load', async () => {
    const { ask, fakes, runner } = runnerOf({ isAnswering: false });
    const dying = ask();
    dying.catch(() => {});
    (await until('a child', () => fakes.all[0])).crash();
    await expect(dying).rejects.toMatchObject({ code: 'runner-crashed', retryable: true });
    for (const code of ['load-failed', 'runtime-missing'] as const) {
      const failing = ask();
      failing.catch(() => {});
      const child = await until('a child', () => fakes.all.find(({ isKilled }) => !isKilled));
      child.emit({ type: 'progress', progress: 0.5 });
      expect(runner.status()).toMatchObject({ state: 'loading', progress: 0.5 });
      child.emit({ type: 'failure', id: null, code, message: 'told' });
      await expect(failing).rejects.toMatchObject({ code, retryable: false });
      await turn();
      await turn();
    }
    await runner.close();
  });

  it('has more patience with a child that loads, but not for ever', async () => {
    const { ask, clock, fakes, runner } = runnerOf({ isAnswering: false });
    const asking = ask();
    asking.catch(() => {});
    const child = await until('a child', () => fakes.all[0]);
    await clock.advance(30_000);
    expect(child.isKilled).toBe(false);
    await clock.advance(40_000);
    await expect(asking).rejects.toMatchObject({ code: 'runner-crashed' });
    expect(child.isKilled).toBe(true);
    await runner.close();
  });

  it('kills a child that misses three beats', async () => {
    const { ask, clock, fakes, runner } = runnerOf({ isAnswering: false });
    const asking = ask();
    asking.catch(() => {});
    const child = await until('a child', () => fakes.all[0]);
    child.emit({ type: 'ready', contextTokens: 512, residentBytes: 1 });
    await until('the call', () => child.received.some(({ type }) => type === 'call'));
    await clock.advance(4_000);
    child.emit({ type: 'pong', residentBytes: 99 });
    expect(runner.status().residentBytes).toBe(99);
    await clock.advance(6_000);
    expect(child.isKilled).toBe(false);
    await clock.advance(2_000);
    await expect(asking).rejects.toMatchObject({ code: 'runner-crashed' });
    expect(child.isKilled).toBe(true);
    await runner.close();
  });

  it('lets an aborted call go only when the child is free again', async () => {
    const { ask, fakes, runner } = runnerOf({ isAnswering: false });
    const left = new AbortController();
    const asking = ask({ signal: left.signal });
    asking.catch(() => {});
    const child = await until('a child', () => fakes.all[0]);
    child.emit({ type: 'ready', contextTokens: 512, residentBytes: 1 });
    await until('the call', () => child.received.some(({ type }) => type === 'call'));
    left.abort(new Error('left'));
    await until('the abort', () => child.received.some(({ type }) => type === 'abort'));
    expect(runner.status().isIdle).toBe(false);
    child.emit({ type: 'delta', id: 1, text: 'too late', inputTokens: 1, outputTokens: 1 });
    child.emit({ type: 'done', id: 99, result: {} as never });
    child.emit({ type: 'failure', id: 1, code: 'aborted', message: 'aborted' });
    await expect(asking).rejects.toThrow('left');
    await expect(ask({ signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
    await runner.close();
  });

  it('closes while a child is loading, and while it waits to start one again', async () => {
    const loading = runnerOf({ isAnswering: false });
    const first = loading.ask().catch((error) => error.code);
    await until('a child', () => loading.fakes.all[0]);
    await loading.runner.close();
    expect(await first).toBe('closed');
    expect(loading.fakes.all[0]?.isKilled).toBe(true);

    const waiting = runnerOf({ isAnswering: false });
    for (const _ of [1, 2]) {
      const dying = waiting.ask().catch((error) => error.code);
      (await until('a child', () => waiting.fakes.all.find(({ isKilled }) => !isKilled))).crash();
      await dying;
    }
    const second = waiting.ask().catch((error) => (LocalEngineError.isInstance(error) ? error.code : error));
    await turn();
    await waiting.runner.close();
    expect(await second).toBe('closed');
    expect(waiting.starts).toHaveLength(2);
  });
});
