import { migrateCheckpoints } from '@tale/checkpoints';
import { callTool, getJson, readEvents } from '@tale/mcp-transport/light';
import { taskViewSchema } from '@tale/protocol';
import { createTasks, migrateTasks } from '@tale/tasks';
import { temporaryDatabase } from '@tale/test-kit';
import { createTokenTracker, migrateTokens } from '@tale/token-tracker';
import { expect, it } from 'vitest';
import { createCallFeed } from '../../src/gateway/call-feed.js';
import { createEventStream } from '../../src/gateway/event-stream.js';
import { gatewayRoutes } from '../../src/gateway/routes.js';
import { createTaskViews } from '../../src/gateway/task-views.js';
import { gatewayTools } from '../../src/gateway/tools.js';
import { serveHttp } from '../../src/server/serve-http.js';
import { groupWriter } from '../../src/storage/group-writer.js';

const token = 'secret';

/** A gateway without models behind it; nobody runs its tasks. */
async function gateway() {
  const database = await temporaryDatabase();
  await migrateTasks(database.kysely);
  await migrateCheckpoints(database.kysely);
  await migrateTokens(database.kysely);
  const tasks = createTasks({ kysely: database.kysely, writer: groupWriter(database.kysely) });
  const tracker = createTokenTracker({ kysely: database.kysely });
  const views = createTaskViews(tasks, tracker);
  const acknowledged: string[] = [];
  const stopping = new AbortController();
  const events = createEventStream({ tasks, feed: createCallFeed(Date.now), stopping: stopping.signal });
  const server = await serveHttp({
    name: 'gateway',
    instance: 1,
    nonce: 'n',
    token,
    port: 0,
    tools: gatewayTools({ tasks, views, acknowledge: (id) => void acknowledged.push(id), now: Date.now }),
    routes: gatewayRoutes({ tasks, views, tracker, events, now: Date.now }),
  });
  const { url } = server;
  const call = <Result>(name: string, args: object, idempotencyKey?: string) =>
    callTool<Result>({ url, token, name, args, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
  return {
    url,
    call,
    acknowledged,
    read: <Document>(path: string) => getJson<Document>({ url, token, path }),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await server.close({ drainMs: 0 });
      await tasks.close();
      await tracker.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

type Submitted = { taskId: string };

it('stores a task once for a key, acknowledges it once, and shows it', async () => {
  await using all = await gateway();
  const first = await all.call<Submitted>('submit_task', { prompt: 'hello\nworld', priority: 7 }, 'K');
  const again = await all.call<Submitted>('submit_task', { prompt: 'hello\nworld', priority: 7 }, 'K');
  expect(again.taskId).toBe(first.taskId);
  expect(all.acknowledged).toEqual([first.taskId]);
  const view = await all.call('task_status', { taskId: first.taskId });
  expect(taskViewSchema.parse(view)).toMatchObject({
    title: 'hello',
    priority: 7,
    state: 'ready',
    usage: { calls: 0 },
    runs: [],
  });
  expect(await all.read(`/v1/tasks/${first.taskId}`)).toEqual(view);
});

it('acknowledges nothing that nobody waits for', async () => {
  await using all = await gateway();
  await all.call('submit_task', { prompt: 'x', acknowledge: false });
  expect(all.acknowledged).toEqual([]);
});

it.each([
  [{ prompt: '' }, 'prompt-empty'],
  [{ prompt: ' \n' }, 'prompt-empty'],
  [{ prompt: 'x'.repeat(100_001) }, 'prompt-too-long'],
])('refuses a prompt that is none: %#', async (args, code) => {
  await using all = await gateway();
  await expect(all.call('submit_task', args)).rejects.toMatchObject({
    code: 'tool-error',
    envelope: { code, source: 'gateway', retryable: false },
  });
});

it('stores the longest prompt, markup, SQL and odd characters as they are, but NUL and lone surrogates', async () => {
  await using all = await gateway();
  for (const prompt of [
    'x'.repeat(100_000),
    '<script>alert(1)</script>',
    "'; drop table task_task; --",
    'a\u0000b\ud800c',
  ]) {
    const { taskId } = await all.call<Submitted>('submit_task', { prompt });
    expect(await all.read(`/v1/tasks/${taskId}`)).toMatchObject({ taskId, state: 'ready' });
  }
  const page = await all.read<{ tasks: { title: string }[] }>('/v1/tasks?limit=1');
  expect(page.tasks[0]?.title).toBe('a\ufffdb\ufffdc');
});

it('refuses a key that belongs to another prompt', async () => {
  await using all = await gateway();
  await all.call('submit_task', { prompt: 'one' }, 'K');
  await expect(all.call('submit_task', { prompt: 'two' }, 'K')).rejects.toMatchObject({
    code: expect.stringMatching(/tool-error|protocol/),
  });
});

it('lists newest first, page by page, and finds by state and words', async () => {
  await using all = await gateway();
  for (const prompt of ['alpha', 'beta', 'gamma']) await all.call('submit_task', { prompt });
  const first = await all.read<{ tasks: { title: string }[]; next: string }>('/v1/tasks?limit=2');
  expect(first.tasks.map(({ title }) => title)).toEqual(['gamma', 'beta']);
  const rest = await all.read<{ tasks: { title: string }[]; next: null }>(
    `/v1/tasks?limit=2&cursor=${encodeURIComponent(first.next)}`,
  );
  expect(rest).toMatchObject({ tasks: [{ title: 'alpha' }], next: null });
  expect(await all.read('/v1/tasks?search=alph')).toMatchObject({ tasks: [{ title: 'alpha' }] });
  expect(await all.read('/v1/tasks?state=done')).toEqual({ tasks: [], next: null });
  expect(await all.call('list_tasks', { limit: 1 })).toMatchObject({ tasks: [{ title: 'gamma' }] });
});

it.each([
  '/v1/tasks?state=sleeping',
  '/v1/tasks?limit=0',
  '/v1/tasks?since=yesterday',
  '/v1/tokens?by=colour',
  '/v1/tokens?since=x',
])('says what is wrong with %s', async (path) => {
  await using all = await gateway();
  await expect(all.read(path)).rejects.toMatchObject({ status: 400, envelope: { code: 'invalid-request' } });
});

it('finds a task by any part of its id that is enough, and names none for another', async () => {
  await using all = await gateway();
  const { taskId } = await all.call<Submitted>('submit_task', { prompt: 'x' });
  expect(await all.read(`/v1/tasks/match?id=${taskId.slice(-6).toLowerCase()}`)).toMatchObject({
    kind: 'suffix',
    tasks: [{ taskId }],
  });
  expect(await all.read('/v1/tasks/match?id=zzzzzz')).toMatchObject({ kind: 'none', tasks: [] });
  for (const path of ['/v1/tasks/NONE', '/v1/events?task=NONE']) {
    await expect(all.read(path)).rejects.toMatchObject({
      status: 404,
      envelope: { code: 'task-not-found', hint: 'tale list' },
    });
  }
  await expect(all.call('cancel_task', { taskId: 'NONE' })).rejects.toMatchObject({
    envelope: { code: 'task-not-found' },
  });
});

it('follows the events of a task, and goes on after the last one seen', async () => {
  await using all = await gateway();
  const { taskId } = await all.call<Submitted>('submit_task', { prompt: 'x' });
  const read = async (after: number, count: number) => {
    const seen: { event: string; data: Record<string, unknown>; id: string | null }[] = [];
    for await (const { event, data, id } of readEvents({
      url: all.url,
      token,
      path: `/v1/events?task=${taskId}&after=${after}`,
    })) {
      seen.push({ event, data: JSON.parse(data), id });
      if (seen.length === count) break;
    }
    return seen;
  };
  const [queued] = await read(0, 1);
  expect(queued).toMatchObject({
    event: 'task-queued',
    data: { taskId, reason: 'new', at: expect.stringMatching(/^\d{4}-.*Z$/) },
  });
  expect(String(queued?.data.seq)).toBe(queued?.id);
  const following = read(Number(queued?.id), 2);
  expect(await all.call('cancel_task', { taskId, reason: 'enough' })).toMatchObject({
    state: 'cancelled',
    reason: 'enough',
  });
  expect((await following).map(({ event }) => event)).toEqual(['task-cancel', 'task-end']);
  expect(await all.call('task_events', { taskId })).toMatchObject({
    events: [{ type: 'task-queued' }, { type: 'task-cancel' }, { type: 'task-end' }],
  });
});

it('sums tasks and tokens of today', async () => {
  await using all = await gateway();
  await all.call('submit_task', { prompt: 'x' });
  expect(await all.read('/v1/overview')).toMatchObject({
    tasks: { ready: 1, done: 0 },
    tokensToday: { calls: 0, inputTokens: 0 },
  });
  expect(await all.read('/v1/tokens?by=day,model')).toMatchObject({ rows: [], totals: { calls: 0 } });
});
