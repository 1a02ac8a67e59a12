import { expect, it } from 'vitest';
import { documentOf } from './harness/document.js';
import { large, scripted, textRequests } from './harness/fake-models.js';
import type { CommandResult } from './harness/running-command.js';
import { startTale, type Tale } from './harness/tale.js';

/** The only task of an installation. */
async function onlyTask(tale: Tale) {
  const { tasks } = documentOf(await tale.run(['list', '--json']), 'tale.list/1');
  expect(tasks).toHaveLength(1);
  return documentOf(await tale.run(['status', tasks[0].taskId, '--json']), 'tale.status/1');
}

/** What is left of an interrupted command: the servers, and nothing else. */
function expectServersAlone(tale: Tale): void {
  const others = tale.running().filter((command) => !/^tale-|apps\/servers\/dist\//.test(command));
  expect(others).toEqual([]);
}

const expectInterrupted = ({ code, stderr }: CommandResult) => expect(code, stderr).toBe(130);

it('E2E-INT-1 E2E-EXIT-130 ends at once while it reads the prompt or starts the servers, and the start goes on', async () => {
  await using tale = await startTale();
  const reading = tale.spawn(['submit', '-'], { keepStdinOpen: true });
  await reading.write('x'.repeat(300_000)); // more than a pipe holds: whoever reads it listens to signals already
  reading.signal('SIGINT');
  expectInterrupted(await reading.ended);
  expect(tale.running()).toEqual([]);

  const starting = tale.spawn(['submit', 'hello']);
  await starting.shows('starting servers');
  starting.signal('SIGINT');
  expectInterrupted(await starting.ended);
  expectServersAlone(tale);
  expect((await tale.run(['submit', '[say here I am]'])).stdout).toBe('here I am\n');
  expect(documentOf(await tale.run(['list', '--json']), 'tale.list/1').tasks).toHaveLength(1);

  const restarting = tale.spawn(['servers', 'start']);
  restarting.signal('SIGTERM');
  expect([0, 143, null]).toContain((await restarting.ended).code);
});

it('E2E-INT-2 E2E-EXIT-130 stops waiting for a download, which goes on for the next command', async () => {
  const first = { model: 'qwen2.5:0.5b', bytes: 400_000_000 };
  await using tale = await startTale({ fake: { models: [], pullable: [first], timing: { loadMs: 2_000 } } });
  const waiting = tale.spawn(['submit', 'hello']);
  await waiting.shows(/qwen2\.5:0\.5b: pulling/);
  waiting.signal('SIGINT');
  expectInterrupted(await waiting.ended);
  expectServersAlone(tale);
  expect(documentOf(await tale.run(['list', '--json']), 'tale.list/1').tasks).toEqual([]);
  expect((await tale.run(['submit', '[say fetched]'])).stdout).toBe('fetched\n');
});

it('E2E-INT-3 E2E-EXIT-130 cancels the task while its model loads', async () => {
  await using tale = await startTale();
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  await tale.fake.set({ kind: 'slow-load', model: large, delayMs: 20_000 });
  const waiting = tale.spawn(['submit', 'hello']);
  await waiting.shows(`loading ${large}`);
  waiting.signal('SIGINT');
  const result = await waiting.ended;
  expectInterrupted(result);
  expect(result.stdout).toBe('');
  expect(result.stderr).toMatch(/it is cancelled/);
  expect(await onlyTask(tale)).toMatchObject({ state: 'cancelled', result: null });
  expectServersAlone(tale);
});

it('E2E-INT-4 E2E-EXIT-130 cancels the task in mid-stream, prints and keeps what there is, and the model stops', async () => {
  await using tale = await startTale();
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  const running = tale.spawn(['submit', scripted('[tokens=300] [rate=10]')]);
  await expect.poll(() => textRequests(tale.fake, large)[0]?.outputTokens, { timeout: 10_000 }).toBeGreaterThan(4);
  running.signal('SIGINT');
  const result = await running.ended;
  expectInterrupted(result);
  expect(result.stdout.trim().split(' ').length).toBeGreaterThan(3);
  expect(await onlyTask(tale)).toMatchObject({ state: 'cancelled', result: result.stdout.trim() });
  expect(textRequests(tale.fake, large)).toMatchObject([{ end: 'aborted' }]);
  expectServersAlone(tale);
});

it('E2E-INT-5 E2E-EXIT-130 E2E-EXIT-143 E2E-JSON-1 prints one error document after a signal, with the partial result', async () => {
  await using tale = await startTale();
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const before = textRequests(tale.fake, large).length;
    const running = tale.spawn(['submit', '--json', scripted('[tokens=300] [rate=10]')]);
    const outputTokens = () => textRequests(tale.fake, large)[before]?.outputTokens;
    await expect.poll(outputTokens, { timeout: 10_000 }).toBeGreaterThan(4);
    running.signal(signal);
    const result = await running.ended;
    expect(result.code).toBe(exitCode);
    const { error, exitCode: told } = documentOf(result, 'tale.error/1');
    expect(told).toBe(exitCode);
    expect(error).toMatchObject({ code: 'interrupted', details: { task: { state: 'cancelled' } } });
    expect(error.details.task.result.split(' ').length).toBeGreaterThan(3);
  }
});

it('E2E-INT-6 E2E-EXIT-130 leaves at the second Ctrl+C without waiting for anybody', async () => {
  await using tale = await startTale();
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  const running = tale.spawn(['submit', scripted('[tokens=300] [rate=10]')]);
  await running.shows('writing');
  const { pid } = tale.server('gateway');
  process.kill(pid, 'SIGSTOP'); // nobody answers the wish to cancel
  try {
    running.signal('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const secondMs = performance.now();
    running.signal('SIGINT');
    expectInterrupted(await running.ended);
    expect(performance.now() - secondMs).toBeLessThan(2_000);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expectServersAlone(tale);
});

it('E2E-INT-7 E2E-EXIT-1 ends with 1 where the task was cancelled by somebody else', async () => {
  await using tale = await startTale();
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  const running = tale.spawn(['submit', scripted('[tokens=300] [rate=10]')]);
  await running.shows('writing');
  const { taskId } = await onlyTask(tale);
  expect((await tale.run(['cancel', taskId, '--reason', 'not needed any more'])).code).toBe(0);
  const { code, stdout, stderr } = await running.ended;
  expect(code).toBe(1);
  expect(stdout.trim()).not.toBe('');
  expect(stderr).toMatch(/cancelled: not needed any more/);
});
