import { sampleTaskView } from '@tale/protocol/testing';
import { createTasks } from '@tale/tasks';
import { createTokenTracker } from '@tale/token-tracker';
import { fakeCallEnd, fakeCallStart } from '@tale/token-tracker/testing';
import { describe, expect, it } from 'vitest';
import { cancel } from '../../src/commands/cancel.js';
import { list } from '../../src/commands/list.js';
import { status } from '../../src/commands/status.js';
import { tokens } from '../../src/commands/tokens.js';
import { failure, fakeTaskId, startFakeTale } from '../support/fake-tale.js';
import { createHome } from '../support/home.js';
import { createTestContext } from '../support/streams.js';

const first = fakeTaskId('AAAA7Q2F9K');
const second = fakeTaskId('BBBB3RZ0AB');
const view = sampleTaskView({
  taskId: first,
  title: 'sum\u001B[2Jmarise',
  state: 'failed',
  reason: 'backend-down',
  error: failure('backend-down', 'The model server is away.', { hint: 'tale logs' }),
  result: Array.from({ length: 20 }, (_, at) => `line ${at}`).join('\n'),
  percent: 40,
  etaMs: 5_000,
});

async function online() {
  const home = await createHome();
  const tale = await startFakeTale();
  tale.tasks.set(first, view);
  tale.tasks.set(second, sampleTaskView({ taskId: second, state: 'running', endedAt: null, etaMs: null }));
  await home.writeRuntime(tale.runtime());
  return {
    home,
    tale,
    async [Symbol.asyncDispose]() {
      await tale[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

async function offline() {
  const home = await createHome();
  let taskId = '';
  await home.seed(async ({ kysely }) => {
    await using tasks = createTasks({ kysely });
    taskId = (await tasks.submit({ kind: 'prompt', title: 'stored', payload: {} })).task.id;
    await using tracker = createTokenTracker({ kysely });
    const start = fakeCallStart({ labels: { ...fakeCallStart().labels, taskId } });
    await (await tracker.begin(start)).settle(fakeCallEnd(start));
  });
  return { home, taskId, [Symbol.asyncDispose]: () => home[Symbol.asyncDispose]() };
}

describe('tale status <id>', () => {
  it('shows a task on a few lines, sanitised', async () => {
    await using system = await online();
    const { context, out } = createTestContext(system.home);
    await status(context, '7q2f9k');
    expect(out()).toContain('7Q2F9K  failed · backend-down · step 1 of 1 · ~5.0 s left');
    expect(out()).toContain('summarise');
    expect(out()).toContain('error    backend-down: The model server is away.');
    expect(out()).toContain('… 8 earlier lines');
    expect(out()).toContain('1. execution-0');
    expect(out()).not.toContain('\u001B');
  });

  it('prints the view as tale.status/1', async () => {
    await using system = await online();
    const { context, document } = createTestContext(system.home, { json: true });
    await status(context, first);
    expect(document()).toEqual({ schema: 'tale.status/1', ...view });
  });

  it('names no task with exit code 4', async () => {
    await using system = await online();
    await expect(status(createTestContext(system.home).context, 'ZZZZZZ')).rejects.toMatchObject({
      exitCode: 4,
      envelope: { code: 'task-not-found', details: { suggestions: [second] } },
    });
  });

  it('reads the files when the servers are down, and says so', async () => {
    await using system = await offline();
    const { context, out, err } = createTestContext(system.home);
    await status(context, system.taskId.slice(-6));
    expect(out()).toContain('ready');
    expect(out()).toContain('12 in / 5 out · 1 calls');
    expect(err()).toMatch(/^servers are down; as of \d\d:\d\d\n$/);
  });

  it('takes a stranger on the gateway’s port for down and does not send it the token', async () => {
    await using system = await online();
    await system.home.writeRuntime({
      ...system.tale.runtime(),
      servers: [{ name: 'gateway', instance: 1, url: system.tale.url, pid: 1, nonce: 'other' }],
    });
    const { context, err } = createTestContext(system.home);
    await expect(status(context, first)).rejects.toMatchObject({ exitCode: 4 });
    expect(system.tale.requests).toEqual(['GET /health']);
    expect(err()).toContain('servers are down');
  });

  it('has no files to read with a database server', async () => {
    await using home = await createHome();
    const { context } = createTestContext(home, { env: { TALE_DATABASE_URL: 'postgres://localhost/tale' } });
    await expect(status(context, first)).rejects.toMatchObject({ exitCode: 5, envelope: { code: 'servers-down' } });
  });

  it('does not use a runtime file that others may read', async () => {
    await using system = await online();
    const { chmod } = await import('node:fs/promises');
    await chmod(`${system.home.folders.data}/runtime.json`, 0o644);
    await expect(status(createTestContext(system.home).context, first)).rejects.toMatchObject({
      exitCode: 3,
      envelope: { code: 'runtime-file-unsafe' },
    });
  });
});

describe('tale status', () => {
  const model = {
    model: 'tiny',
    roles: ['ux', 'planning'],
    state: 'resident',
    memoryBytes: 2e8,
    tokensPerSecond: 31.4,
    error: null,
  };
  const server = {
    name: 'gateway',
    instance: 1,
    state: 'ready',
    reason: null,
    pid: 1,
    url: 'http://x',
    restarts: 0,
    sinceMs: 0,
    lastExit: { code: 1, signal: null, atMs: 0 },
    usage: null,
  };

  it('shows servers, models, tasks and tokens', async () => {
    await using system = await online();
    system.tale.answers['GET /v1/overview'] = () => ({
      tasks: { done: 3, running: 1, failed: 0 },
      tokensToday: { inputTokens: 12_400, outputTokens: 310, calls: 4 },
    });
    system.tale.answers['GET /v1/servers'] = () => ({
      daemonId: 'd',
      servers: [server, { ...server, name: 'execution', instance: 2 }],
    });
    system.tale.answers['GET /v1/pool'] = () => ({ models: [model] });
    const { context, out } = createTestContext(system.home);
    await status(context, undefined);
    expect(out()).toBe(
      'servers  gateway ready · execution 2 ready\n' +
        'model    tiny (ux, planning) · in memory · 200 MB · 31 tok/s\n' +
        'tasks    3 done · 1 running\n' +
        'today    12k tokens in / 310 out · 4 calls\n',
    );
    const json = createTestContext(system.home, { json: true });
    await status(json.context, undefined);
    expect(json.document()).toMatchObject({
      schema: 'tale.overview/1',
      running: true,
      models: [model],
      servers: [{ name: 'gateway', since: '1970-01-01T00:00:00.000Z' }, {}],
    });
  });

  it('does without a pool and a supervisor that do not answer', async () => {
    await using system = await online();
    system.tale.answers['GET /v1/overview'] = () => ({ tasks: {}, tokensToday: null });
    const { context, out } = createTestContext(system.home);
    await status(context, undefined);
    expect(out()).toBe('servers  running\ntasks    none\n');
  });

  it('works while the servers are down, and before anything was stored', async () => {
    await using system = await offline();
    const { context, out } = createTestContext(system.home);
    await status(context, undefined);
    expect(out()).toContain('servers  down\ntasks    1 ready\ntoday    12 tokens in / 5 out · 1 calls');
    await using empty = await createHome();
    const { context: emptyContext, out: emptyOut, err } = createTestContext(empty);
    await status(emptyContext, undefined);
    expect(emptyOut()).toContain('tasks    none');
    expect(err()).toContain('nothing is stored yet');
    await expect(status(createTestContext(empty).context, first)).rejects.toMatchObject({ exitCode: 4 });
  });
});

describe('tale list', () => {
  it('shows a table and hands filters to the gateway', async () => {
    await using system = await online();
    let query = new URLSearchParams();
    system.tale.answers['GET /v1/tasks'] = (url) => {
      query = url.searchParams;
      return { tasks: [...system.tale.tasks.values()], next: 'cursor' };
    };
    const { context, out, err } = createTestContext(system.home);
    await list(context, { status: 'failed,running', since: '2h', search: 'csv', limit: '2', cursor: 'c' });
    expect(Object.fromEntries(query)).toMatchObject({
      state: 'failed,running',
      search: 'csv',
      limit: '2',
      cursor: 'c',
    });
    expect(query.get('since')).toMatch(/^\d{4}-.*Z$/);
    expect(out().split('\n')[0]?.split(/ +/)).toEqual(['ID', 'STATE', 'AGE', 'IN/OUT', 'TITLE']);
    expect(out()).toContain('7Q2F9K');
    expect(err()).toBe('more: tale list --cursor cursor\n');
  });

  it('prints tale.list/1, also of stopped servers', async () => {
    await using system = await offline();
    const { context, document } = createTestContext(system.home, { json: true });
    await list(context, {});
    expect(document()).toMatchObject({
      schema: 'tale.list/1',
      next: null,
      tasks: [{ taskId: system.taskId, title: 'stored', usage: { inputTokens: 12 } }],
    });
    const filtered = createTestContext(system.home, { json: true });
    await list(filtered.context, { status: 'done', since: 'yesterday', search: 'x', cursor: '1.x' });
    expect(filtered.document()).toMatchObject({ tasks: [] });
  });

  it('says that there are none, and refuses unknown states', async () => {
    await using home = await createHome();
    const { context, err } = createTestContext(home);
    await list(context, {});
    expect(err()).toContain('no tasks');
    await expect(list(context, { status: 'gone' })).rejects.toMatchObject({ exitCode: 2 });
    await expect(list(context, { limit: '0' })).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('tale tokens', () => {
  it('shows sums by what is asked for, from the files', async () => {
    await using system = await offline();
    const { context, out } = createTestContext(system.home);
    await tokens(context, undefined, { by: 'model,task', task: system.taskId });
    expect(out().split('\n')[0]).toMatch(/^MODEL {2}TASK +CALLS {2}ERRORS {2}IN {2}OUT {2}TOTAL$/);
    expect(out()).toContain(`tiny   ${system.taskId.slice(-6)}`);
    expect(out()).toMatch(/total +1 +0 +12 +5 +17\n$/);
  });

  it('prints tale.tokens/1', async () => {
    await using system = await offline();
    const { context, document } = createTestContext(system.home, { json: true });
    await tokens(context, 'daily', { since: 'yesterday' });
    expect(document()).toMatchObject({
      schema: 'tale.tokens/1',
      by: ['day', 'model'],
      totals: { inputTokens: 12, outputTokens: 5 },
      until: null,
    });
  });

  it('asks the gateway where it answers, and marks what is estimated', async () => {
    await using system = await online();
    let query = new URLSearchParams();
    const counts = { calls: 2, errors: 1, inputTokens: 1_200, outputTokens: 3, source: 'partial' };
    system.tale.answers['GET /v1/tokens'] = (url) => {
      query = url.searchParams;
      return { rows: [{ group: { role: null }, ...counts }], totals: counts, droppedRecords: 2 };
    };
    const { context, out, err } = createTestContext(system.home);
    await tokens(context, undefined, { by: 'role', since: 'today', until: 'now', task: '7Q2F9K' });
    expect(Object.fromEntries(query)).toMatchObject({ by: 'role', task: first });
    expect(out()).toMatch(/– +2 +1 +~1,200 +~3 +~1,203\n/);
    expect(err()).toContain('2 calls could not be stored');
  });

  it('refuses unknown periods and breakdowns, and says that there are no calls', async () => {
    await using home = await createHome();
    const { context, err } = createTestContext(home);
    await expect(tokens(context, 'yearly', {})).rejects.toMatchObject({ exitCode: 2 });
    await expect(tokens(context, undefined, { by: 'colour' })).rejects.toMatchObject({ exitCode: 2 });
    await tokens(context, 'tasks', {});
    expect(err()).toContain('no calls');
  });
});

describe('tale cancel', () => {
  it('cancels tasks and says what became of each', async () => {
    await using system = await online();
    system.tale.onCancel = (task) => (task.endedAt ? task : { ...task, state: 'running' });
    const { context, out } = createTestContext(system.home);
    await cancel(context, ['7Q2F9K', '3RZ0AB'], { reason: 'wrong file' });
    expect(out()).toBe('7Q2F9K had ended before: failed\n3RZ0AB is being cancelled\n');
  });

  it('prints tale.cancel/1', async () => {
    await using system = await online();
    const { context, document } = createTestContext(system.home, { json: true });
    await cancel(context, ['3RZ0AB'], {});
    expect(document()).toMatchObject({ schema: 'tale.cancel/1', tasks: [{ taskId: second, state: 'cancelled' }] });
  });

  it('cancels nothing if one of the ids is unknown', async () => {
    await using system = await online();
    await expect(cancel(createTestContext(system.home).context, ['3RZ0AB', 'ZZZZZZ'], {})).rejects.toMatchObject({
      exitCode: 4,
    });
    expect(system.tale.tasks.get(second)?.state).toBe('running');
  });

  it('needs the servers', async () => {
    await using home = await createHome();
    await expect(cancel(createTestContext(home).context, ['3RZ0AB'], {})).rejects.toMatchObject({
      exitCode: 5,
      envelope: { code: 'servers-down' },
    });
  });
});
