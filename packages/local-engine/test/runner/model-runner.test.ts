import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { LocalEngineError } from '../../src/index.js';
import type { LoadPlan } from '../../src/runner/load-plan.js';
import { loadModelChild } from '../../src/runner/model-child.js';
import { type CallOptions, createModelRunner } from '../../src/runner/model-runner.js';
import type { FromRunner, TextCall } from '../../src/runner/protocol.js';
import { type FakeRunnersOptions, fakeRunners } from '../../src/testing/index.js';
import { greedy } from './child/test-child.js';

const call: TextCall = { kind: 'raw', prompt: 'hi', maxTokens: null, format: null, sampling: greedy };
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What a child says when it is loaded, and when it has answered. */
const loaded: FromRunner = { type: 'ready', contextTokens: 512, residentBytes: 1, vramBytes: 0 };
const answered = (id: number): FromRunner => ({
  ...{ type: 'done', id },
  result: {
    ...{ reason: 'stop', cachedTokens: 0, promptTokens: 1, outputTokens: 1, promptMs: 1, outputMs: 1 },
    toolCalls: [],
  },
});

function runnerOf({ slots = 1, ...options }: FakeRunnersOptions & { slots?: number } = {}) {
  const clock = manualClock();
  const fakes = fakeRunners(options);
  const starts: number[] = [];
  const plans: LoadPlan[] = [];
  const busy: boolean[] = [];
  const runner = createModelRunner({
    name: 'x',
    clock,
    logger: silent,
    defaultKeepAliveMs: 300_000,
    slots,
    startChild(plan, _, { signal, onProgress, onCrash }) {
      starts.push(clock.now());
      plans.push(plan);
      const process = fakes.spawn('entry');
      signal.addEventListener('abort', () => process.kill());
      return loadModelChild({
        ...{ name: 'x', process, clock, onProgress, onCrash },
        load: {
          ...{ type: 'load', modelPath: 'm', runtimeDir: 'r', threads: 1, areThreadsFixed: false, slots, gpuLayers: 0 },
          ...{ contextTokens: plan.contextTokens, batchTokens: 128 },
        },
      });
    },
    onBusy: (isBusy) => busy.push(isBusy),
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
  return { clock, fakes, runner, ask, starts, plans, busy };
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
    child.emit(loaded);
    for (const id of [1, 2, 3]) {
      await until(`call ${id}`, () => child.received.some((each) => each.type === 'call' && each.id === id));
      child.emit(answered(id));
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
      child.emit(loaded);
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
    child.emit(loaded);
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
    child.emit(loaded);
    await until('the call', () => child.received.some(({ type }) => type === 'call'));
    left.abort(new Error('left'));
    await until('the abort', () => child.received.some(({ type }) => type === 'abort'));
    expect(runner.status().isIdle).toBe(false);
    child.emit({ type: 'delta', id: 1, text: 'too late', isThinking: false, inputTokens: 1, outputTokens: 1 });
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

  it('answers as many calls at a time as there are slots, and is busy from the first to the last', async () => {
    const { ask, fakes, runner, busy } = runnerOf({ isAnswering: false, slots: 2 });
    const all = [ask(), ask(), ask()];
    const child = await until('a child', () => fakes.all[0]);
    child.emit(loaded);
    const calls = () => child.received.filter(({ type }) => type === 'call').length;
    await until('two calls', () => calls() === 2);
    await turn();
    expect(calls()).toBe(2);
    child.emit(answered(2));
    await until('the third', () => calls() === 3);
    child.emit(answered(1));
    child.emit(answered(3));
    await Promise.all(all);
    expect(busy).toEqual([true, false]);
    await runner.close();
  });

  it('ends all open calls of a dead child, and starts it once for those that wait', async () => {
    const { ask, fakes, runner } = runnerOf({ isAnswering: false, slots: 2 });
    const dying = [ask(), ask()].map((each) => each.catch((error) => error.code));
    const waiting = [ask(), ask()];
    const first = await until('a child', () => fakes.all[0]);
    first.emit(loaded);
    await until('two calls', () => first.received.filter(({ type }) => type === 'call').length === 2);
    first.crash();
    expect(await Promise.all(dying)).toEqual(['runner-crashed', 'runner-crashed']);
    const second = await until('another child', () => fakes.all[1]);
    second.emit(loaded);
    await until('two calls', () => second.received.filter(({ type }) => type === 'call').length === 2);
    for (const id of [1, 2]) second.emit(answered(id));
    await Promise.all(waiting);
    expect(fakes.all).toHaveLength(2);
    await runner.close();
  });

  it('loads again for a larger context when nothing runs any more, never for a smaller one', async () => {
    const { ask, fakes, runner, plans } = runnerOf({ isAnswering: false, slots: 2 });
    const small = ask();
    const first = await until('a child', () => fakes.all[0]);
    first.emit(loaded);
    await until('the call', () => first.received.some(({ type }) => type === 'call'));
    const large = ask({ contextTokens: 2_048 });
    await turn();
    expect(fakes.all).toHaveLength(1); // the small one still runs
    first.emit(answered(1));
    await small;
    const second = await until('another child', () => fakes.all[1]);
    second.emit({ ...loaded, contextTokens: 2_048 });
    await until('the call', () => second.received.some(({ type }) => type === 'call'));
    const smaller = ask({ contextTokens: 100 });
    await until('it runs beside', () => second.received.filter(({ type }) => type === 'call').length === 2);
    for (const id of [1, 2]) second.emit(answered(id));
    await Promise.all([large, smaller]);
    expect(plans.map(({ contextTokens }) => contextTokens)).toEqual([512, 2_048]);
    await runner.close();
  });

  it('counts tokens beside a call that runs, without a slot', async () => {
    const { ask, fakes, runner } = runnerOf({ isAnswering: false });
    const asking = ask();
    const child = await until('a child', () => fakes.all[0]);
    child.emit(loaded);
    await until('the call', () => child.received.some(({ type }) => type === 'call'));
    const signal = new AbortController().signal;
    const wish = { signal, priority: 5, keepAliveMs: null, contextTokens: 9_999 };
    const counting = runner.call({ kind: 'tokenize', text: 'a b', addSpecial: false }, wish);
    await until('the count', () =>
      child.received.some((each) => each.type === 'call' && each.call.kind === 'tokenize'),
    );
    child.emit({ type: 'done', id: 2, result: { tokens: [1, 2] } });
    expect(await counting).toEqual({ tokens: [1, 2], queueMs: 0, loadMs: 0 });
    child.emit(answered(1));
    await asking;
    await runner.close();
  });

  it('hands on what is heard of a call, with its wishes', async () => {
    const { fakes, runner } = runnerOf({ isAnswering: false });
    const heard: unknown[] = [];
    const signal = new AbortController().signal;
    const asking = runner.call(call, {
      ...{ signal, priority: 7, keepAliveMs: null, contextTokens: 512, maxThreads: 2 },
      onText: ({ text }) => heard.push(text),
      onPrefill: (done, total) => heard.push([done, total]),
      onUnenforced: (keywords) => heard.push(keywords),
    });
    const child = await until('a child', () => fakes.all[0]);
    child.emit(loaded);
    const sent = await until('the call', () => child.received.find(({ type }) => type === 'call'));
    expect(sent).toMatchObject({ call, priority: 7, maxThreads: 2 });
    child.emit({ type: 'prefill', id: 1, doneTokens: 3, totalTokens: 9 });
    child.emit({ type: 'working', id: 1 });
    child.emit({ type: 'unenforced', id: 1, keywords: ['pattern'] });
    child.emit({ type: 'delta', id: 1, text: 'x', isThinking: false, inputTokens: 9, outputTokens: 1 });
    child.emit(answered(1));
    await asking;
    expect(heard).toEqual([[3, 9], ['pattern'], 'x']);
    await runner.close();
  });

  it.each([
    ['not-capable', 'invalid-request'],
    ['invalid-format', 'invalid-request'],
    ['context-exceeded', 'context-exceeded'],
    ['internal', 'runner-crashed'],
  ] as const)('reports the failure %s of a call as %s', async (code, reported) => {
    const { ask, fakes, runner } = runnerOf({ isAnswering: false });
    const asking = ask();
    asking.catch(() => {});
    const child = await until('a child', () => fakes.all[0]);
    child.emit(loaded);
    await until('the call', () => child.received.some(({ type }) => type === 'call'));
    child.emit({ type: 'failure', id: 1, code, message: 'told' });
    await expect(asking).rejects.toMatchObject({ code: reported, retryable: code === 'internal' });
    expect(child.isKilled).toBe(false);
    await runner.close();
  });

  it('refuses a schema that no grammar can be made of before it loads', async () => {
    const { fakes, runner } = runnerOf();
    const signal = new AbortController().signal;
    const wish = { signal, priority: 5, keepAliveMs: null, contextTokens: 512 };
    const format = { kind: 'schema', schema: { $ref: 'https://example.org' } } as const;
    await expect(runner.call({ ...call, format }, wish)).rejects.toMatchObject({ code: 'invalid-request' });
    expect(fakes.all).toHaveLength(0);
  });

  it('kills a child one of whose calls makes no progress, though it beats', async () => {
    const { ask, clock, fakes, runner } = runnerOf({ isAnswering: false });
    const asking = ask();
    asking.catch(() => {});
    const child = await until('a child', () => fakes.all[0]);
    child.emit(loaded);
    await until('the call', () => child.received.some(({ type }) => type === 'call'));
    const beat = async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 2) {
        await clock.advance(2_000);
        child.emit({ type: 'pong', residentBytes: 1 });
      }
    };
    await beat(50);
    child.emit({ type: 'prefill', id: 1, doneTokens: 16, totalTokens: 99 }); // took 50 s: the next one may take 250
    await beat(200);
    expect(child.isKilled).toBe(false);
    await beat(60);
    expect(child.isKilled).toBe(true);
    await expect(asking).rejects.toMatchObject({ code: 'runner-crashed', retryable: true });
    await runner.close();
  });

  it('spares a child one of whose calls waits while another makes progress', async () => {
    const { ask, clock, fakes, runner } = runnerOf({ isAnswering: false, slots: 2 });
    const all = [ask(), ask()];
    const child = await until('a child', () => fakes.all[0]);
    child.emit(loaded);
    await until('both calls', () => child.received.filter(({ type }) => type === 'call').length === 2);
    for (let passed = 0; passed < 200; passed += 2) {
      await clock.advance(2_000);
      child.emit({ type: 'prefill', id: 1, doneTokens: passed, totalTokens: 999 });
    }
    expect(child.isKilled).toBe(false);
    for (const id of [1, 2]) child.emit(answered(id));
    await Promise.all(all);
    await runner.close();
  });
});
