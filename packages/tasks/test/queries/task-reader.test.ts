import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { toTaskRecord } from '../../src/index.js';
import { createTaskReader } from '../../src/queries/index.js';
import { openTasks, submission } from '../support/open-tasks.js';

describe('the reader of a raw handle', () => {
  it('answers the same as the library, from a handle that may only read', async () => {
    await using open = await openTasks();
    const { tasks, database } = open;
    for (const title of ['one', 'two', 'three']) await tasks.submit(submission({ title }));
    const { task } = await tasks.submit(submission(), { key: 'k' });
    tasks.work({ slots: 4, server: 's' }, async () => ({ result: 'x' })).running();
    for await (const event of tasks.events({ after: 0, taskId: task.id, signal: AbortSignal.timeout(10_000) })) {
      if (event.type === 'task-end') break;
    }
    await tasks.close({ graceMs: 10_000 });
    const handle = new Database(database.path, { readonly: true });
    const reader = createTaskReader(handle);
    expect(reader.get(task.id)).toEqual(await tasks.get(task.id));
    expect(reader.get('unknown')).toBeNull();
    expect(reader.list({ limit: 2 })).toEqual(await tasks.list({ limit: 2 }));
    expect(reader.match(task.id.slice(-6))).toEqual(await tasks.match(task.id.slice(-6)));
    expect(reader.runs(task.id)).toEqual(await tasks.runs(task.id));
    const ids = [task.id, 'unknown', ...reader.list({ limit: 2 }).tasks.map(({ id }) => id)];
    expect(reader.runsOf(ids)).toEqual(await tasks.runsOf(ids));
    expect(reader.counts()).toEqual(await tasks.counts());
    handle.close();
  });

  it('a row is a task, without a database', () => {
    const texts = { id: 'i', owner: '', kind: 'k', title: 't', state: 'failed', payload: '[1]', error: '{"code":"x"}' };
    const numbers = { priority: 5, attempt: 1, max_attempts: 3, recoveries: 0, runs: 1, epoch: 1, created_at: 7 };
    expect(toTaskRecord({ ...texts, ...numbers, result: null })).toMatchObject({
      ...{ id: 'i', owner: null, payload: [1], error: { code: 'x' }, createdAtMs: 7, maxAttempts: 3, result: null },
    });
  });
});
