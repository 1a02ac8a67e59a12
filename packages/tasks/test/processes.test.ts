import { temporaryDatabase, until } from '@tale/test-kit';
import { describe, expect, inject, it } from 'vitest';
import { createTasks, migrateTasks } from '../src/index.js';
import { childWorker } from './support/child-worker.js';

const bundle = inject('bundle');
const submission = { kind: 'test', title: 'a task', payload: null };

describe('workers in processes of their own', () => {
  it('TASKS-2: four processes on one file never run one task twice', async () => {
    await using database = await temporaryDatabase();
    await migrateTasks(database.kysely);
    await using tasks = createTasks({ kysely: database.kysely });
    const servers = ['a', 'b', 'c', 'd'];
    const workers = await Promise.all(
      servers.map((server) => childWorker(bundle, database.path, { server, slots: 3, leaseMs: 20_000, workMs: 2 })),
    );
    try {
      for (let index = 0; index < 200; index++) await tasks.submit(submission);
      await until('the end of all tasks', async () => (await tasks.counts()).done === 200, 60_000);
      await until('the last messages', () => workers.flatMap(({ messages }) => messages).length === 404);
      const starts = workers.flatMap(({ messages }) => messages.filter(({ type }) => type === 'start'));
      expect(new Set(starts.map(({ taskId }) => taskId)).size).toBe(200);
      expect(starts).toHaveLength(200);
      expect(starts.every(({ run }) => run === 1)).toBe(true);
    } finally {
      for (const worker of workers) await worker[Symbol.asyncDispose]();
    }
  }, 120_000);

  it('TASKS-4: after SIGKILL another worker takes over, and both runs are on record', async () => {
    await using database = await temporaryDatabase();
    await migrateTasks(database.kysely);
    await using tasks = createTasks({ kysely: database.kysely });
    await using killed = await childWorker(bundle, database.path, { server: 'killed', leaseMs: 1_000, workMs: 60_000 });
    const { task } = await tasks.submit(submission);
    await killed.message('start');
    await killed.kill('SIGKILL');
    await using heir = await childWorker(bundle, database.path, { server: 'heir', leaseMs: 1_000 });
    await heir.message('end');
    const ended = await until('the end', async () => {
      const found = await tasks.get(task.id);
      return found?.state === 'done' && found;
    });
    expect(ended).toMatchObject({ result: 'by heir', runs: 2, recoveries: 1, attempt: 1 });
    expect(await tasks.runs(task.id)).toMatchObject([
      { run: 1, server: 'killed', end: 'lease-lost' },
      { run: 2, server: 'heir', end: 'done' },
    ]);
    const events = await tasks.readEvents({ after: 0, limit: 100 });
    expect(events.map((event) => [event.type, event.run])).toEqual([
      ['task-queued', null],
      ['task-start', 1],
      ['task-queued', 1],
      ['task-start', 2],
      ['task-end', null],
    ]);
  }, 60_000);

  it('TASKS-3: the late write of a stopped worker is refused by its epoch', async () => {
    await using database = await temporaryDatabase();
    await migrateTasks(database.kysely);
    await using tasks = createTasks({ kysely: database.kysely });
    await using zombie = await childWorker(bundle, database.path, {
      ...{ server: 'zombie', leaseMs: 1_000, workMs: 500, zombie: true },
    });
    const { task } = await tasks.submit(submission);
    await zombie.message('start');
    await zombie.kill('SIGSTOP');
    await using heir = await childWorker(bundle, database.path, { server: 'heir', leaseMs: 1_000, workMs: 3_000 });
    await heir.message('start');
    await zombie.kill('SIGCONT');
    expect(await zombie.message('late')).toMatchObject({ taskId: task.id, accepted: false });
    await heir.message('end');
    await until('the end', async () => (await tasks.get(task.id))?.state === 'done');
    expect(await tasks.get(task.id)).toMatchObject({ result: 'by heir', runs: 2 });
  }, 60_000);

  it('TASKS-6: a cancel reaches the handler in another process', async () => {
    await using database = await temporaryDatabase();
    await migrateTasks(database.kysely);
    await using tasks = createTasks({ kysely: database.kysely });
    await using worker = await childWorker(bundle, database.path, { server: 'w', leaseMs: 60_000, workMs: 60_000 });
    const { task } = await tasks.submit(submission);
    await worker.message('start');
    const askedAtMs = performance.now();
    expect(await tasks.cancel(task.id, 'enough')).toMatchObject({ state: 'running', cancelReason: 'enough' });
    expect(await worker.message('stop')).toMatchObject({ taskId: task.id, code: 'cancelled' });
    // No heartbeat is due for 20 s: it was the look at the file that told. Tight limits are the benchmark's affair.
    expect(performance.now() - askedAtMs).toBeLessThan(10_000);
    await until('the end', async () => (await tasks.get(task.id))?.state === 'cancelled');
    expect(await tasks.get(task.id)).toMatchObject({ reason: 'enough', result: 'by w' });
  }, 60_000);
});
