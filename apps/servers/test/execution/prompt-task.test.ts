import { createCheckpoints, migrateCheckpoints } from '@tale/checkpoints';
import { createModelPool } from '@tale/model-pool';
import { createRemotePool } from '@tale/model-pool/remote';
import { createPoolHandler } from '@tale/model-pool/server';
import { type FakeOllamaOptions, startFakeOllama } from '@tale/model-pool/testing';
import { createTasks, migrateTasks } from '@tale/tasks';
import { temporaryDatabase, until } from '@tale/test-kit';
import { ulid } from 'ulid';
import { expect, it } from 'vitest';
import { createPromptTask } from '../../src/execution/prompt-task.js';
import { serveHttp } from '../../src/server/serve-http.js';
import { groupWriter } from '../../src/storage/group-writer.js';

/** The real road from the queue to a model server, in one process. */
async function road(fake: FakeOllamaOptions = {}) {
  const disposals: (() => PromiseLike<void>)[] = [];
  const use = <Resource extends AsyncDisposable>(resource: Resource): Resource => {
    disposals.push(() => resource[Symbol.asyncDispose]());
    return resource;
  };
  const database = use(await temporaryDatabase());
  await migrateTasks(database.kysely);
  await migrateCheckpoints(database.kysely);
  const writer = groupWriter(database.kysely);
  const ollama = use(await startFakeOllama({ models: [{ model: 'tiny' }], ...fake }));
  const pool = use(
    createModelPool({
      backends: { ollama: { kind: 'ollama', url: ollama.url } },
      models: { tiny: { backend: 'ollama', model: 'tiny', contextTokens: 2048 } },
      roles: { ux: { candidates: ['tiny'] }, planning: { candidates: ['tiny'] } },
    }),
  );
  await pool.start();
  const token = 'secret';
  const server = await serveHttp({
    name: 'models',
    instance: 1,
    nonce: 'n',
    token,
    port: 0,
    routes: [],
    otherwise: createPoolHandler(pool),
  });
  disposals.push(() => server.close({ drainMs: 0 }));
  const remote = use(createRemotePool({ url: server.url, token }));
  const checkpoints = createCheckpoints({ kysely: database.kysely, writer });
  const tasks = use(createTasks({ kysely: database.kysely, writer }));
  const handler = createPromptTask({
    pool: remote,
    checkpoints,
    createId: ulid,
    maxOutputTokens: 64,
    modelsReady: async () => undefined,
  });
  const submit = (payload: object) => tasks.submit({ kind: 'prompt', title: 't', payload: payload as never });
  const ended = (id: string) =>
    until('the task ends', async () => ((await tasks.get(id))?.endedAtMs ? await tasks.get(id) : null));
  return {
    tasks,
    ollama,
    checkpoints,
    handler,
    submit,
    ended,
    async [Symbol.asyncDispose]() {
      for (const dispose of disposals.reverse()) await dispose();
    },
  };
}

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
