import { beforeAll, expect, it } from 'vitest';
import { documentOf, failureOf } from './harness/document.js';
import { useTale } from './harness/use-tale.js';

const installed = useTale();
let ids: readonly string[] = [];

beforeAll(async () => {
  const submitted: string[] = [];
  for (const word of ['one', 'two', 'three']) submitted.push(await installed().submit(`[say ${word}]`));
  ids = submitted;
});

const first = () => ids[0] as string;
const statusOf = async (id: string) =>
  documentOf(await installed().run(['status', id, '--json']), 'tale.status/1').taskId;

it('E2E-ID-1 takes a whole id, its last six characters and any unique beginning or end, in either case', async () => {
  const id = first();
  for (const text of [id, id.toLowerCase(), id.slice(-6), id.slice(-6).toLowerCase(), id.slice(0, 25), id.slice(-12)]) {
    expect(await statusOf(text), text).toBe(id);
  }
});

/** Within a second the first eight characters are equal. */
const commonBeginning = () => first().slice(0, 6);

it('E2E-ID-2 E2E-EXIT-4 lists the tasks that an ambiguous id means and ends with 4', async () => {
  const tale = installed();
  const text = await tale.run(['status', commonBeginning(), '--no-input']);
  expect({ code: text.code, stdout: text.stdout }).toEqual({ code: 4, stdout: '' });
  for (const id of ids) expect(text.stderr).toContain(id.slice(-6));

  const json = await tale.run(['status', commonBeginning(), '--json']);
  expect(json.code).toBe(4);
  const { code, details } = failureOf(json);
  expect(code).toBe('ambiguous-id');
  expect(details.matches.map(({ taskId }: { taskId: string }) => taskId)).toEqual([...ids].reverse());
});

it('E2E-ID-3 E2E-EXIT-4 suggests what an unknown id may have meant and ends with 4', async () => {
  const tale = installed();
  const id = first().slice(-6);
  const mistyped = `${id.slice(0, 5)}${id.endsWith('0') ? '1' : '0'}`;
  const text = await tale.run(['status', mistyped]);
  expect({ code: text.code, stdout: text.stdout }).toEqual({ code: 4, stdout: '' });
  expect(text.stderr).toContain(id);

  const json = await tale.run(['status', mistyped, '--json']);
  expect(failureOf(json)).toMatchObject({ code: 'task-not-found', details: { suggestions: [first()] } });

  for (const nonsense of ['ZZZZZZ', 'x', '../../etc/passwd', "' or 1=1 --", '%']) {
    const result = await tale.run(['status', '--json', '--', nonsense]);
    expect(result.code, nonsense).toBe(4);
    expect(failureOf(result).code).toBe('task-not-found');
  }
});

it('E2E-ID-4 cancels nothing where one of several ids is wrong', async () => {
  const tale = installed();
  const running = await tale.submit('[tokens=100] [rate=10]');
  const result = await tale.run(['cancel', running.slice(-6), 'ZZZZZZ', '--json']);
  expect(result.code).toBe(4);
  expect((await tale.task(running)).endedAt).toBeNull();
  const cancelled = await tale.run(['cancel', running.slice(-6)]);
  expect(cancelled.code, cancelled.stderr).toBe(0);
  await expect.poll(async () => (await tale.task(running)).state).toBe('cancelled');
});

it('E2E-ID-1 E2E-ID-2 E2E-ID-3 matches ids in the same way while the servers are down', async () => {
  const tale = installed();
  expect((await tale.run(['servers', 'stop'])).code).toBe(0);
  expect(await statusOf(first().slice(-6))).toBe(first());
  expect(failureOf(await tale.run(['status', commonBeginning(), '--json'])).code).toBe('ambiguous-id');
  expect(failureOf(await tale.run(['status', 'ZZZZZZ', '--json'])).code).toBe('task-not-found');
});
