import { temporaryDatabase, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createTasks, type TaskSubmission } from '../src/index.js';
import { createNudgeHub } from '../src/testing/index.js';
import { groupWriter } from './support/group-writer.js';
import { openTasks, submission } from './support/open-tasks.js';

describe('submitting', () => {
  it('answers with the stored task', async () => {
    await using open = await openTasks({ createId: () => '01J', clock: { now: () => 1_000 } });
    const { task, created } = await open.tasks.submit(submission({ priority: 8, owner: 'me' }), { key: 'k' });
    expect(created).toBe(true);
    expect(task).toMatchObject({ id: '01J', key: 'k', owner: 'me', state: 'ready', priority: 8, createdAtMs: 1_000 });
    expect(await open.open().get('01J')).toEqual(task);
    expect(await open.tasks.get('unknown')).toBeNull();
  });

  it('makes ULIDs by default', async () => {
    await using open = await openTasks();
    expect((await open.tasks.submit(submission())).task.id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  it('TASKS-1: makes one task of each key, however many ask at the same time', async () => {
    await using database = await openTasks();
    const writers = [database, ...[1, 2].map(() => ({ tasks: database.open() }))];
    const kysely = database.database.open().kysely;
    const grouped = createTasks({ kysely, writer: groupWriter(kysely) });
    const all = [...writers.map(({ tasks }) => tasks), grouped];
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        all[index % all.length]!.submit(submission({ payload: index % 250 }), { key: `key-${index % 250}` }),
      ),
    );
    await grouped.close();
    expect(answers.filter(({ created }) => created)).toHaveLength(250);
    expect(new Set(answers.map(({ task }) => task.id)).size).toBe(250);
    expect((await database.tasks.counts()).ready).toBe(250);
    for (const [index, { task }] of answers.entries()) expect(task.payload).toBe(index % 250);
  }, 120_000);

  it('refuses what is no task', async () => {
    await using open = await openTasks();
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const wrong = [
      { kind: '' },
      { kind: 'x'.repeat(101) },
      { title: '' },
      { title: 'x'.repeat(501) },
      { priority: 10 },
      { priority: -1 },
      { priority: 1.5 },
      { deadlineAtMs: Number.NaN },
      { maxAttempts: 0 },
      { owner: '' },
      { payload: undefined },
      { payload: cyclic },
    ] as unknown as Partial<TaskSubmission>[];
    for (const fields of wrong) {
      const refused = open.tasks.submit(submission(fields));
      await expect(refused, JSON.stringify(Object.keys(fields))).rejects.toMatchObject({
        code: 'invalid-task',
        retryable: false,
      });
    }
    for (const key of ['', 'x'.repeat(257)]) {
      await expect(open.tasks.submit(submission(), { key })).rejects.toMatchObject({ code: 'invalid-task' });
    }
    await expect(open.tasks.submit(submission({ owner: 'x'.repeat(201) }))).rejects.toMatchObject({
      code: 'invalid-task',
    });
    expect((await open.tasks.counts()).ready).toBe(0);
  });

  it('stores hostile text as text', async () => {
    await using open = await openTasks();
    const text = `'; drop table task_task; -- <script>alert(1)</script> \u001b[31m \u202e %_\\`;
    const { task } = await open.tasks.submit(submission({ title: text, payload: text, kind: text, owner: text }));
    expect(task).toMatchObject({ title: text, payload: text, kind: text, owner: text });
    expect((await open.tasks.submit(submission({ title: 'a\u0000b\ud800c' }))).task.title).toBe('a\ufffdb\ufffdc');
  });

  it('takes keys of up to 256 characters, which count from the first to the last', async () => {
    await using open = await openTasks();
    const key = 'x'.repeat(256);
    const { task } = await open.tasks.submit(submission(), { key });
    expect(task.key).toBe(key);
    expect(await open.tasks.submit(submission(), { key })).toEqual({ task, created: false });
    expect(await open.tasks.submit(submission(), { key: `${key.slice(1)}y` })).toMatchObject({ created: true });
  });

  it('keeps title, priority, deadline and attempts of the first submission of a key', async () => {
    await using open = await openTasks({ clock: { now: () => 1_000 } });
    const first = submission({ title: 'first', priority: 2, deadlineAtMs: 9_000, maxAttempts: 1 });
    const { task } = await open.tasks.submit(first, { key: 'k' });
    const later = submission({ title: 'later', priority: 9, deadlineAtMs: 5_000, maxAttempts: 7 });
    expect(await open.tasks.submit(later, { key: 'k' })).toEqual({ task, created: false });
    expect(await open.tasks.get(task.id)).toMatchObject(first);
  });

  it('says whose key it is that another payload wants', async () => {
    await using open = await openTasks();
    const { task } = await open.tasks.submit(submission(), { key: 'k' });
    await expect(open.tasks.submit(submission({ payload: 1 }), { key: 'k' })).rejects.toMatchObject({
      ...{ code: 'key-conflict', retryable: false, taskId: task.id },
    });
  });
});

describe('cancelling and retrying', () => {
  it('cancels what waits, and retries only what failed', async () => {
    await using open = await openTasks();
    const { task } = await open.tasks.submit(submission());
    expect(await open.tasks.cancel(task.id, 'a\u0000b')).toMatchObject({ state: 'cancelled', reason: 'a\ufffdb' });
    await expect(open.tasks.retry(task.id)).rejects.toMatchObject({ code: 'not-retryable', taskId: task.id });
    await expect(open.tasks.cancel('unknown', '')).rejects.toMatchObject({ code: 'task-not-found', taskId: 'unknown' });
  });
});

describe('runs', () => {
  it('of several tasks are read in one query, with an entry for every id', async () => {
    await using open = await openTasks({ random: () => 0 });
    const { tasks } = open;
    const ids: string[] = [];
    for (const kind of ['twice', 'once', 'other']) ids.push((await tasks.submit(submission({ kind }))).task.id);
    tasks.work({ slots: 1, server: 's', kinds: ['twice', 'once'] }, async ({ task, run }) => {
      if (task.kind === 'twice' && run === 1) throw Object.assign(new Error('again'), { retryable: true });
      return { result: '' };
    });
    await until('both ends', async () => (await tasks.counts()).done === 2);
    const runs = await tasks.runsOf([...ids, 'unknown', ids[0]!]);
    expect([...runs].map(([id, list]) => [id, list.map(({ run, end }) => [run, end])])).toEqual([
      [
        ids[0],
        [
          [1, 'failed'],
          [2, 'done'],
        ],
      ],
      [ids[1], [[1, 'done']]],
      [ids[2], []],
      ['unknown', []],
    ]);
    expect(runs.get(ids[0]!)).toEqual(await tasks.runs(ids[0]!));
    expect(await tasks.runsOf([])).toEqual(new Map());
  });

  it('of more ids than a statement takes are read all the same', async () => {
    await using open = await openTasks();
    const { task } = await open.tasks.submit(submission());
    const ids = [...Array.from({ length: 40_000 }, (_, index) => `unknown-${index}`), task.id];
    expect((await open.tasks.runsOf(ids)).size).toBe(ids.length);
  });
});

describe('events', () => {
  it('TASKS-5: are read by the page', async () => {
    await using open = await openTasks();
    const first = (await open.tasks.submit(submission())).task;
    const second = (await open.tasks.submit(submission())).task;
    const page = await open.tasks.readEvents({ after: 0, limit: 1 });
    expect(page.map((event) => event.taskId)).toEqual([first.id]);
    const rest = await open.tasks.readEvents({ after: page[0]!.seq, limit: 10 });
    expect(rest.map((event) => event.taskId)).toEqual([second.id]);
    expect(await open.tasks.readEvents({ after: 0, taskId: second.id, limit: 10 })).toEqual(rest);
  });

  it('are seen by the sweep where a nudge is lost', async () => {
    const lost = { send() {}, on: () => () => {} };
    await using open = await openTasks({ nudge: lost });
    const other = open.open({ nudge: lost });
    other.work({ slots: 1, server: 's' }, async () => ({ result: '' }));
    const { task } = await open.tasks.submit(submission());
    const types: string[] = [];
    for await (const event of open.tasks.events({ after: 0, taskId: task.id, signal: AbortSignal.timeout(20_000) })) {
      types.push(event.type);
      if (event.type === 'task-end') break;
    }
    expect(types).toEqual(['task-queued', 'task-start', 'task-end']);
  });

  it('are followed across processes by nudges', async () => {
    const hub = createNudgeHub();
    await using open = await openTasks({ nudge: hub.port() });
    const other = open.open({ nudge: hub.port() });
    const controller = new AbortController();
    const read: string[] = [];
    const following = (async () => {
      for await (const event of other.events({ after: 0, signal: controller.signal })) {
        read.push(event.taskId);
        if (read.length === 2) controller.abort();
      }
    })();
    const ids = [(await open.tasks.submit(submission())).task.id, (await open.tasks.submit(submission())).task.id];
    await following;
    expect(read).toEqual(ids);
    expect(hub.sent).toEqual(ids.map((taskId) => ({ reason: 'ready', taskId })));
  });
});

describe('options and ends', () => {
  it('refuses options that cannot work', async () => {
    await using open = await openTasks();
    const handler = async () => ({ result: '' });
    for (const slots of [0, 1.5, 1_001]) {
      expect(() => open.tasks.work({ slots, server: 's' }, handler)).toThrow(
        expect.objectContaining({ code: 'invalid-option', retryable: false }),
      );
    }
    await using database = await temporaryDatabase();
    expect(() => createTasks({ kysely: database.kysely, leaseMs: 50 })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    );
  });

  it('closes twice as once, and refuses writes afterwards', async () => {
    await using open = await openTasks();
    await open.tasks.submit(submission());
    await open.tasks.close();
    await open.tasks.close();
    await open.tasks[Symbol.asyncDispose]();
    await expect(open.tasks.submit(submission())).rejects.toMatchObject({ code: 'closed', retryable: false });
    expect(() => open.tasks.work({ slots: 1, server: 's' }, async () => ({ result: '' }))).toThrow(
      expect.objectContaining({ code: 'closed' }),
    );
    expect((await open.tasks.counts()).ready).toBe(1);
  });

  it('a nudge that fails is logged and costs nothing', async () => {
    const warnings: string[] = [];
    const nothing = () => {};
    const logger = {
      debug: nothing,
      info: nothing,
      error: nothing,
      warn: (_: object, text: string) => warnings.push(text),
    };
    const nudge = { send: () => Promise.reject(new Error('down')), on: () => nothing };
    await using open = await openTasks({ nudge, logger });
    await open.tasks.submit(submission());
    await new Promise(setImmediate);
    expect(warnings).toHaveLength(1);
  });
});
