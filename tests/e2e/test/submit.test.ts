import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { taskViewSchema } from '@tale/protocol';
import { expect, it } from 'vitest';
import { documentOf, failureOf, lastLine } from './harness/document.js';
import { large, scripted, small, textRequests } from './harness/fake-models.js';
import { startTale } from './harness/tale.js';
import { useTale } from './harness/use-tale.js';

const installed = useTale();
const ulid = /^[0-9A-HJKMNP-TV-Z]{26}\n$/;

it('E2E-SUBMIT-1 E2E-SUBMIT-2 puts the answer alone on stdout; acknowledgement, progress and a last line with the counts on stderr', async () => {
  const tale = installed();
  const { code, stdout, stderr } = await tale.run([
    'submit',
    scripted('[say the answer is 42] [rate=4]', '[say I am on it] [rate=1000]'),
  ]);
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: 'the answer is 42\n' });
  expect(stderr.split('\n')).toContain('I am on it');

  const list = await tale.run(['list', '--limit', '1', '--json']);
  const { taskId, usage } = documentOf(list, 'tale.list/1').tasks[0];
  expect(usage.calls).toBe(2);
  expect(lastLine(stderr)).toMatch(
    new RegExp(
      `^${taskId.slice(-6)} · ${small} \\+ ${large} · ${usage.inputTokens} in / ${usage.outputTokens} out` +
        ' · first token [\\d.]+ m?s · total [\\d.]+ m?s$',
    ),
  );
});

it('E2E-SUBMIT-1 gives a pipe the answer whole, once it is done', async () => {
  const running = installed().spawn(['submit', scripted('[tokens=12] [rate=10]')]);
  await running.shows(/writing/);
  expect(running.stdout).toBe('');
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  expect(stdout.trim().split(' ')).toHaveLength(12);
});

it('E2E-SUBMIT-3 reads the prompt from stdin and from a file', async () => {
  const tale = installed();
  const file = join(tale.home, 'task.txt');
  writeFileSync(file, '[say from the file]');
  expect((await tale.run(['submit', '-'], { stdin: '[say from\nstdin]' })).stdout).toBe('from\nstdin\n');
  expect((await tale.run(['submit', '-F', file])).stdout).toBe('from the file\n');
});

it('E2E-JSON-1 E2E-SUBMIT-4 prints one task document with --json, with the split of the time where --timing asks for it', async () => {
  const document = documentOf(await installed().run(['submit', '--json', '--timing', '[say yes]']), 'tale.submit/1');
  const { timing, ...task } = document;
  expect(taskViewSchema.safeParse(task).success).toBe(true);
  expect(task).toMatchObject({ state: 'done', result: 'yes', error: null, percent: 100 });
  const { totalMs, modelMs, queueMs, taleMs } = timing;
  expect(totalMs).toBeGreaterThan(0);
  expect(modelMs + queueMs + taleMs).toBeCloseTo(totalMs, 0);
});

it('E2E-SUBMIT-4 says with --timing how much of the time was the model and how much was tale', async () => {
  const { stdout, stderr } = await installed().run(['submit', '--timing', '[say yes]']);
  expect(stdout).toBe('yes\n');
  expect(lastLine(stderr)).toMatch(/^timing {2}total .+ = model .+ \(load .+\) \+ waiting for it .+ \+ tale .+/);
});

it('E2E-SUBMIT-5 prints the id alone with --detach, and the task ends without its client', async () => {
  const tale = installed();
  const { code, stdout } = await tale.run(['submit', '--detach', '[say later]']);
  expect(code).toBe(0);
  expect(stdout).toMatch(ulid);
  const id = stdout.trim();
  await expect.poll(async () => (await tale.task(id)).state, { timeout: 15_000 }).toBe('done');
  expect((await tale.task(id)).result).toBe('later');
});

it('E2E-SUBMIT-6 E2E-EXIT-2 makes one task of one key, and refuses another prompt under it', async () => {
  const tale = installed();
  const submit = (prompt: string) => tale.run(['submit', '--key', 'monday', '--json', prompt]);
  const first = documentOf(await submit('[say only once]'), 'tale.submit/1');
  const second = documentOf(await submit('[say only once]'), 'tale.submit/1');
  expect(second.taskId).toBe(first.taskId);
  expect(second.result).toBe('only once');
  const asked = textRequests(tale.fake, large).filter(({ body }) => JSON.stringify(body).includes('only once'));
  expect(asked).toHaveLength(1);

  const other = await submit('[say twice]');
  expect(other.code).toBe(2);
  expect(failureOf(other)).toMatchObject({ code: 'key-conflict', retryable: false });
});

it('E2E-SUBMIT-7 E2E-EXIT-7 ends with 7 at the time limit and prints what there is', async () => {
  const tale = installed();
  const text = await tale.run(['submit', '--max-time', '1500ms', scripted('[tokens=200] [rate=10]')]);
  expect(text.code).toBe(7);
  expect(text.stdout.trim().split(' ').length).toBeGreaterThan(2);

  const json = await tale.run(['submit', '--json', '--max-time', '1500ms', scripted('[tokens=199] [rate=10]')]);
  expect(json.code).toBe(7);
  const { code, details } = failureOf(json);
  expect(code).toMatch(/^(timeout|deadline)$/);
  expect(details.task.result.split(' ').length).toBeGreaterThan(2);
  expect(details.task.endedAt).not.toBeNull();
});

it('E2E-SUBMIT-8 answers a second submit on running servers within 10 s', async () => {
  const { code, durationMs } = await installed().run(['submit', 'hello again']);
  expect(code).toBe(0);
  expect(durationMs).toBeLessThan(10_000);
});

it('E2E-SUBMIT-9 runs the more urgent task first', async () => {
  await using tale = await startTale({ env: { TALE_EXECUTION_SLOTS: '1' } });
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  const detach = async (priority: string, prompt: string) =>
    (await tale.run(['submit', '--detach', '--priority', priority, prompt])).stdout.trim();
  await detach('5', scripted('[tokens=20] [rate=10]'));
  const low = await detach('1', '[say low]');
  const high = await detach('9', '[say high]');
  await expect.poll(async () => (await tale.task(low)).state, { timeout: 15_000 }).toBe('done');
  const started = async (id: string) => Date.parse((await tale.task(id)).startedAt ?? '');
  expect(await started(high)).toBeLessThan(await started(low));
});

it('E2E-SUBMIT-10 says nothing with --quiet but the answer', async () => {
  const { code, stdout, stderr } = await installed().run(['submit', '--quiet', '[say hush]']);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'hush\n', stderr: '' });
});

it('E2E-SUBMIT-11 E2E-EXIT-5 does not start servers with --no-start', async () => {
  await using tale = await startTale({ models: 'none' });
  const result = await tale.run(['submit', '--no-start', '--json', 'hello']);
  expect(result.code).toBe(5);
  expect(failureOf(result)).toMatchObject({ code: 'servers-down', retryable: true });
  expect(tale.running()).toEqual([]);
});
