import { until } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { road } from './road.js';

it('answers a prompt with one call, between two checkpoints', async () => {
  await using all = await road({ timing: { tokens: 6 } });
  const { tasks, checkpoints, handler, submit, ended } = all;
  tasks.work({ slots: 1, server: 'execution-1' }, handler);
  const { task } = await submit({ prompt: 'hello' });
  const done = await ended(task.id);
  expect(done).toMatchObject({ state: 'done', error: null });
  const state = (await checkpoints.thread(task.id).load())?.state as { answer: string; calls: { run: number }[] };
  expect(state.answer).toBe(done.result);
  expect(state.calls).toMatchObject([{ run: 1 }]);
});

it('ends without another call when a run before it has stored the answer', async () => {
  await using all = await road();
  const { tasks, ollama, checkpoints, handler, submit, ended } = all;
  const { task } = await submit({ prompt: 'hello' });
  await checkpoints.thread(task.id).append({ ops: [['=', ['answer'], 'stored before']] });
  const before = ollama.log.length;
  tasks.work({ slots: 1, server: 'execution-1' }, handler);
  expect(await ended(task.id)).toMatchObject({ state: 'done', result: 'stored before' });
  expect(ollama.log.slice(before).filter(({ path }) => path === '/api/chat')).toEqual([]);
});

it('runs again when the stream breaks, and both runs are kept', async () => {
  await using all = await road({ faults: [{ kind: 'reset-mid', times: 1 }] });
  const { tasks, handler, submit, ended } = all;
  tasks.work({ slots: 1, server: 'execution-1' }, handler);
  const { task } = await submit({ prompt: 'hello' });
  expect(await ended(task.id)).toMatchObject({ state: 'done', runs: 2 });
  expect(await tasks.runs(task.id)).toMatchObject([
    { run: 1, end: 'failed' },
    { run: 2, end: 'done' },
  ]);
});

it('keeps what there is of an answer when the task is cancelled', async () => {
  await using all = await road({ timing: { tokens: 10_000, tokensPerSecond: 50 } });
  const { tasks, ollama, handler, submit, ended } = all;
  tasks.work({ slots: 1, server: 'execution-1' }, handler);
  const { task } = await submit({ prompt: 'hello' });
  await until('tokens come', () => ollama.log.some(({ outputTokens }) => outputTokens > 5));
  await tasks.cancel(task.id, 'enough');
  const cancelled = await ended(task.id);
  expect(cancelled).toMatchObject({ state: 'cancelled', reason: 'enough' });
  expect(cancelled.result?.length).toBeGreaterThan(0);
});

it('gives a task back whole when its server stops in mid-stream', async () => {
  await using all = await road({ timing: { tokens: 10_000, tokensPerSecond: 50 } });
  const { tasks, ollama, handler, submit } = all;
  const worker = tasks.work({ slots: 1, server: 'execution-1' }, handler);
  const { task } = await submit({ prompt: 'hello' });
  await until('tokens come', () => ollama.log.some(({ outputTokens }) => outputTokens > 5));
  await worker.close();
  expect(await tasks.get(task.id)).toMatchObject({ state: 'ready', result: null, endedAtMs: null });
  expect(await tasks.runs(task.id)).toMatchObject([{ run: 1, end: 'lease-lost' }]);
});

it('fails a task that holds no prompt, without a second try', async () => {
  await using all = await road();
  const { tasks, handler, submit, ended } = all;
  tasks.work({ slots: 1, server: 'execution-1' }, handler);
  const { task } = await submit({ text: 'hello' });
  expect(await ended(task.id)).toMatchObject({
    state: 'failed',
    error: { code: 'invalid-request', retryable: false },
    runs: 1,
  });
});
