import { temporaryDatabase } from '@tale/test-kit';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, expect, it } from 'vitest';
import { migrateTasks, sqliteBackend } from '../../../src/index.js';
import { input } from '../../../src/testing/steps.js';

describe('the statements that run on every wake-up', () => {
  it('read the ready tasks in the order of their index and sort none of them', async () => {
    await using database = await temporaryDatabase();
    const statements: { sql: string; parameters: readonly unknown[] }[] = [];
    const kysely = new Kysely<unknown>({
      dialect: new SqliteDialect({ database: database.sqlite }),
      log: ({ query }) => void statements.push(query),
    });
    await migrateTasks(kysely);
    const backend = sqliteBackend({ kysely });
    await backend.enqueue([input()]);
    const signal = AbortSignal.timeout(10_000);
    const [claimed] = await backend.claim({ server: 's', slots: 1, kinds: null, leaseMs: 1_000, signal });
    await backend.heartbeat([claimed!.lease], 1_000);
    await backend.recover();
    await backend.close();

    const planOf = (beginning: string) => {
      const { sql, parameters } = statements.find((statement) =>
        statement.sql.replace(/\s+/g, ' ').startsWith(beginning),
      )!;
      const rows = database.sqlite.prepare(`explain query plan ${sql}`).all(...parameters) as { detail: string }[];
      return rows.map(({ detail }) => detail).filter((detail) => detail.includes('task_task'));
    };
    expect(planOf('select case when')).toEqual([
      expect.stringContaining('USING INDEX task_task_ready'),
      expect.stringContaining('USING INDEX task_task_queued'),
    ]);
    expect(planOf("update task_task set state = 'running'")).toEqual([
      expect.stringContaining('SEARCH task_task USING'),
      expect.stringContaining('SCAN task_task USING INDEX task_task_ready'),
      expect.stringContaining('SEARCH task_task USING INDEX task_task_queued'),
    ]);
    expect(planOf('update task_task set lease_until')).toEqual([expect.stringContaining('(id=?)')]);
    const [lost, overdue] = statements.slice(-2).map(({ sql, parameters }) => {
      const rows = database.sqlite.prepare(`explain query plan ${sql}`).all(...parameters) as { detail: string }[];
      return rows.map(({ detail }) => detail).join();
    });
    expect(lost).toContain('task_task_running');
    expect(overdue).toContain('task_task_deadline');
    await kysely.destroy();
  });
});
