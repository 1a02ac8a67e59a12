import type { TaskView } from '@tale/protocol';
import { expect, it } from 'vitest';
import { documentOf, lastLine } from './harness/document.js';
import { large, scripted, textRequests } from './harness/fake-models.js';
import type { CommandResult } from './harness/running-command.js';
import { startTale, type Tale } from './harness/tale.js';

const limitMs = 15_000;
const tokens = 40;
/** Four seconds of writing. */
const prompt = scripted(`[tokens=${tokens}] [rate=10]`);
const answers = ({ fake }: Tale) => textRequests(fake, large);

interface CutRun {
  readonly result: CommandResult;
  /** From the moment when the server was there again. */
  readonly afterRestartMs: number;
  readonly task: TaskView;
}

/** Kills a server while a followed task is being answered, and waits for the end of the task. */
async function killInMidStream(tale: Tale, name: string): Promise<CutRun> {
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  const running = tale.spawn(['submit', prompt]);
  await expect.poll(() => answers(tale)[0]?.outputTokens, { timeout: 10_000 }).toBeGreaterThan(4);
  const { pid } = tale.server(name);
  process.kill(pid, 'SIGKILL');
  await tale.restarted(name, pid);
  const restartedMs = performance.now();
  const result = await running.ended;
  const afterRestartMs = performance.now() - restartedMs;
  const taskId = documentOf(await tale.run(['list', '--json']), 'tale.list/1').tasks[0].taskId;
  const task = documentOf(await tale.run(['status', taskId, '--json']), 'tale.status/1') as unknown as TaskView;
  return { result, afterRestartMs, task };
}

function expectDone(tale: Tale, { result, afterRestartMs, task }: CutRun): void {
  expect(result.code, result.stderr).toBe(0);
  expect(result.stdout.trim().split(' ')).toHaveLength(tokens);
  expect(task).toMatchObject({ state: 'done', result: result.stdout.trim() });
  expect(lastLine(result.stderr)).toContain(task.taskId.slice(-6));
  expect(afterRestartMs).toBeLessThan(limitMs);
  expect(answers(tale).length).toBeLessThanOrEqual(2);
}

it('E2E-FAULT-1 ends a task by itself after kill -9 of the execution server, with both runs in its status', async () => {
  await using tale = await startTale();
  const cut = await killInMidStream(tale, 'execution');
  expectDone(tale, cut);
  expect(cut.task.runs.map(({ run, end }) => ({ run, end }))).toEqual([
    { run: 1, end: 'lease-lost' },
    { run: 2, end: 'done' },
  ]);
  expect((await tale.run(['status', cut.task.taskId])).stdout).toMatch(
    /1\. execution-1 .*lease-lost\n.*2\. execution-1 .*done/,
  );
});

it('E2E-FAULT-2 ends a task by itself after kill -9 of the models server, with both runs in its status', async () => {
  await using tale = await startTale();
  const cut = await killInMidStream(tale, 'models');
  expectDone(tale, cut);
  expect(cut.task.runs.at(-1)).toMatchObject({ end: 'done' });
  expect(cut.task.runs).toHaveLength(2);
});

it('E2E-FAULT-3 does not even interrupt a task at kill -9 of the gateway, and its client goes on', async () => {
  await using tale = await startTale();
  const cut = await killInMidStream(tale, 'gateway');
  expectDone(tale, cut);
  expect(answers(tale)).toHaveLength(1);
  expect(cut.task.runs).toMatchObject([{ run: 1, end: 'done' }]);
});

/** Hands over a task whose first call stops in mid-stream and says nothing more. */
async function submitStalled(tale: Tale): Promise<string> {
  await tale.fake.set({ kind: 'stall', model: large, after: 5, times: 1 });
  const id = await tale.submit(`[tokens=${tokens}]`);
  await expect.poll(() => answers(tale)[0]?.outputTokens, { timeout: 10_000 }).toBe(5);
  return id;
}

it('E2E-FAULT-4 resumes a task that was cut by servers stop at the next start', async () => {
  await using tale = await startTale();
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  const id = await submitStalled(tale);
  expect((await tale.run(['servers', 'stop'])).code).toBe(0);
  expect(tale.running()).toEqual([]);
  const down = documentOf(await tale.run(['status', id, '--json']), 'tale.status/1');
  expect(down).toMatchObject({ state: 'ready', runs: [{ run: 1, end: 'lease-lost' }] });

  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  await expect.poll(async () => (await tale.task(id)).state, { timeout: limitMs }).toBe('done');
  const task = await tale.task(id);
  expect(task.result?.split(' ')).toHaveLength(tokens);
  expect(task.runs.map(({ end }) => end)).toEqual(['lease-lost', 'done']);
  expect(answers(tale)).toHaveLength(2);
});

it('E2E-FAULT-5 resumes a task after everything was killed at once', async () => {
  await using tale = await startTale();
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  const id = await submitStalled(tale);
  for (const { pid } of tale.runtime().servers) process.kill(pid, 'SIGKILL');
  await expect.poll(() => tale.running()).toEqual([]);
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  await expect.poll(async () => (await tale.task(id)).state, { timeout: limitMs }).toBe('done');
  expect((await tale.task(id)).runs.map(({ end }) => end)).toEqual(['lease-lost', 'done']);
  expect(answers(tale)).toHaveLength(2);
});

it('E2E-FAULT-6 gives up a task whose server dies again and again, and the queue goes on', async () => {
  await using tale = await startTale();
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  const id = await tale.submit(scripted('[tokens=500] [rate=10]'));
  for (let kill = 1; kill <= 4; kill++) {
    await expect.poll(() => answers(tale)[kill - 1]?.outputTokens, { timeout: 15_000 }).toBeGreaterThan(0);
    const { pid } = tale.server('execution');
    process.kill(pid, 'SIGKILL');
    await tale.restarted('execution', pid);
  }
  await expect.poll(async () => (await tale.task(id)).state, { timeout: 15_000 }).toBe('dead');
  expect((await tale.task(id)).error).toMatchObject({ code: 'poison' });
  expect((await tale.run(['submit', '[say still here]'])).stdout).toBe('still here\n');
});
