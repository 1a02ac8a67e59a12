import { describe, expect, it } from 'vitest';
import { openTasks, submission } from '../support/open-tasks.js';

async function withTasks(count: number) {
  let nowMs = 1_000;
  const open = await openTasks({ clock: { now: () => nowMs } });
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const title = index % 2 === 0 ? `Read the file_${index}` : `Write 100 % of ${index}`;
    ids.unshift((await open.tasks.submit(submission({ title }))).task.id);
    if (index % 3 === 0) nowMs += 10; // some are of one instant
  }
  return { open, ids };
}

describe('listing tasks', () => {
  it('pages through all, each once, the newest first', async () => {
    const { open, ids } = await withTasks(11);
    await using _ = open;
    const listed: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await open.tasks.list({ limit: 4, ...(cursor ? { cursor } : {}) });
      listed.push(...page.tasks.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(listed).toHaveLength(11);
    expect(new Set(listed)).toEqual(new Set(ids));
    const created = await Promise.all(listed.map(async (id) => (await open.tasks.get(id))!.createdAtMs));
    expect(created).toEqual([...created].sort((a, b) => b - a));
  });

  it('has no payload and no result in it, which may be large', async () => {
    const { open } = await withTasks(1);
    await using _ = open;
    const [task] = (await open.tasks.list({ limit: 1 })).tasks;
    expect(task).not.toHaveProperty('payload');
    expect(task).not.toHaveProperty('result');
    expect((await open.tasks.list({ limit: 1 })).next).toBeNull();
  });

  it('picks by state, instant and words of the title', async () => {
    const { open, ids } = await withTasks(6);
    await using _ = open;
    const { tasks } = open;
    await tasks.cancel(ids[0]!, '');
    const count = async (options: Omit<Parameters<typeof tasks.list>[0], 'limit'>) =>
      (await tasks.list({ limit: 100, ...options })).tasks.length;
    expect(await count({ states: ['cancelled'] })).toBe(1);
    expect(await count({ states: ['cancelled', 'ready'] })).toBe(6);
    expect(await count({ states: [] })).toBe(0);
    expect(await count({ sinceMs: 1_020 })).toBe(2);
    expect(await count({ search: 'READ' })).toBe(3);
    expect(await count({ search: '  file_2 the ' })).toBe(1);
    expect(await count({ search: 'file%' })).toBe(0);
    expect(await count({ search: '%' })).toBe(3);
    expect(await count({ search: ' ' })).toBe(6);
    expect(await count({ search: "'; drop table task_task" })).toBe(0);
  });

  it('refuses a limit or a cursor that is none', async () => {
    const { open } = await withTasks(1);
    await using _ = open;
    for (const limit of [0, 1.5, 1_001, Number.NaN]) {
      await expect(open.tasks.list({ limit })).rejects.toMatchObject({ code: 'invalid-option', retryable: false });
    }
    await expect(open.tasks.list({ limit: 1, cursor: 'x' })).rejects.toMatchObject({ code: 'invalid-option' });
  });
});
