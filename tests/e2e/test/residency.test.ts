import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { documentOf } from './harness/document.js';
import { large, small } from './harness/fake-models.js';
import { useTale } from './harness/use-tale.js';

const installed = useTale({ fake: { timing: { loadMs: 200 } } });

interface Residency {
  readonly mode: string;
  readonly models: readonly { readonly model: string; readonly state: string; readonly residencyLostMs: number }[];
  readonly residency: { readonly changes: readonly { readonly name: string; readonly change: string }[] };
}

async function residency(): Promise<Residency> {
  const result = await installed().run(['models', 'residency', '--json']);
  return documentOf(result, 'tale.residency/1') as unknown as Residency;
}

const stateOf = async (model: string) => (await residency()).models.find((each) => each.model === model)?.state;

it('E2E-RESIDENCY-1 has the small model in memory before the first word', async () => {
  await expect.poll(() => stateOf(small)).toBe('resident');
  expect(await stateOf(large)).toBe('absent');
});

it('E2E-RESIDENCY-2 brings the small model back when another client takes it out, and says for how long it was away', async () => {
  const tale = installed();
  await expect.poll(() => stateOf(small)).toBe('resident');
  await fetch(`${tale.fake.url}/api/generate`, {
    method: 'POST',
    body: JSON.stringify({ model: small, keep_alive: 0, stream: false }),
  });
  await expect
    .poll(async () => (await residency()).residency.changes.map(({ name, change }) => `${name} ${change}`))
    .toEqual(expect.arrayContaining([`${small} lost`]));
  await expect.poll(() => stateOf(small)).toBe('resident');
  const model = (await residency()).models.find((each) => each.model === small);
  expect(model?.residencyLostMs).toBeGreaterThan(0);
});

it('E2E-RESIDENCY-3 loads, pins, unloads and tests models by hand', async () => {
  const tale = installed();
  const run = async (...words: string[]) => documentOf(await tale.run(['models', ...words, '--json']), 'tale.model/1');
  expect(await run('load', large)).toMatchObject({ model: large, state: 'resident' });
  expect(await run('pin', large)).toMatchObject({ resident: 'always' });
  expect(await run('show', 'large')).toMatchObject({ model: large, state: 'resident', resident: 'always' });
  expect(await run('unload', large)).toMatchObject({ model: large });
  const { tests } = documentOf(await tale.run(['models', 'test', 'ux', '--json']), 'tale.models-test/1');
  expect(tests).toMatchObject([{ role: 'ux', model: small }]);
  expect((await tale.run(['models', 'show', 'gone'])).code).toBe(4);
});

it('E2E-RESIDENCY-4 explains why a model answered a task', async () => {
  const tale = installed();
  const taskId = await tale.submit('[say explained]');
  await expect.poll(async () => (await tale.task(taskId)).state).toBe('done');
  const { code, stdout } = await tale.run(['models', 'explain', taskId.slice(-6)]);
  expect(code).toBe(0);
  expect(stdout).toContain(large);
});

it('E2E-RESIDENCY-5 reports residency and memory at the health of every server that uses a model', async () => {
  const tale = installed();
  for (const name of ['models', 'gateway', 'execution', 'ux-agent']) {
    expect(await (await tale.api(name, '/health')).json(), name).toMatchObject({
      residency: {
        models: expect.arrayContaining([expect.objectContaining({ model: small, roles: ['ux'] })]),
        memory: { budgetBytes: expect.any(Number) },
      },
    });
  }
});

it('E2E-RESIDENCY-6 explains a task of before the models server was killed, and says how far back it can', async () => {
  const tale = installed();
  const taskId = await tale.submit('[say remembered]');
  await expect.poll(async () => (await tale.task(taskId)).state).toBe('done');
  const explain = (id: string) => tale.run(['models', 'explain', id]);
  const before = await explain(taskId.slice(-6));
  expect(before.stdout).toContain(large);
  const { pid } = tale.server('models');
  process.kill(pid, 'SIGKILL');
  await tale.restarted('models', pid);
  expect(await explain(taskId.slice(-6))).toMatchObject({ code: 0, stdout: before.stdout });
  expect((await stat(join(tale.dataFolder, 'decisions.ndjson'))).mode & 0o777).toBe(0o600);
  const unknown = await tale.run(['models', 'explain', '01KAAAAAAAAAAAAAAAAAAAAAAA', '--json']);
  expect(unknown.code, unknown.stderr).toBe(4);
});
