import { temporaryDatabase } from '@tale/test-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinal, type Lease, migrateTasks, sqliteBackend, type TaskState } from '../src/index.js';
import { eventsPlan, runPlan } from '../src/queries/index.js';
import { failure, input } from '../src/testing/steps.js';

type Operation = readonly [name: string, pick: number];
const names = [
  ...['submit', 'submit', 'submit-again', 'claim', 'claim', 'complete', 'fail', 'fail-for-good', 'release', 'progress'],
  ...['cancel', 'retry', 'heartbeat', 'wait', 'lose-leases', 'stale'],
];
const operation: fc.Arbitrary<Operation> = fc.tuple(fc.constantFrom(...names), fc.nat({ max: 1_000 }));

/** Where the events say that each task stands. */
function statesByEvents(events: ReturnType<typeof readEvents>): Map<string, string> {
  const states = new Map<string, string>();
  for (const event of events) {
    const before = states.get(event.taskId);
    if (event.type === 'task-queued') {
      const fits = {
        new: !before,
        retry: before !== 'waits',
        'lease-lost': before === 'runs',
        resumed: before === 'runs',
      };
      expect(fits[event.reason], `${event.reason} after ${before}`).toBe(true);
      states.set(event.taskId, 'waits');
    } else if (event.type === 'task-start') {
      expect(before).toBe('waits');
      states.set(event.taskId, 'runs');
    } else if (event.type === 'task-end') {
      expect(['waits', 'runs']).toContain(before);
      states.set(event.taskId, event.state);
    } else {
      expect(isFinal(before as TaskState)).toBe(false);
    }
  }
  return states;
}

function readEvents(sqlite: { prepare(sql: string): { all(...parameters: unknown[]): unknown[] } }) {
  return runPlan(
    eventsPlan({ after: 0, limit: 100_000 }),
    ({ sql, parameters }) => sqlite.prepare(sql).all(...parameters) as Record<string, unknown>[],
  );
}

async function play(operations: readonly Operation[]): Promise<void> {
  await using database = await temporaryDatabase();
  database.sqlite.pragma('synchronous = OFF'); // no power is cut here
  await migrateTasks(database.kysely);
  let nowMs = 1_000_000;
  const clock = { now: () => nowMs };
  const backend = sqliteBackend({ kysely: database.kysely, clock, leaseClock: { bootId: 'b', now: () => nowMs } });
  const submitted: string[] = [];
  const held: Lease[] = [];
  const lost: Lease[] = [];
  const end = (lease: Lease) => lost.push(...held.splice(held.indexOf(lease), 1));

  for (const [name, pick] of operations) {
    const id = submitted[pick % Math.max(1, submitted.length)];
    const lease = held[pick % Math.max(1, held.length)];
    if (name === 'submit') {
      const [{ task } = { task: null }] = await backend.enqueue([input({ key: `${pick}`, priority: pick % 10 })]);
      if (!submitted.includes(task!.id)) submitted.push(task!.id);
    } else if (name === 'claim') {
      const ready = await backend.stats();
      if (ready.ready === 0) continue;
      const request = {
        server: 's',
        slots: 1 + (pick % 3),
        kinds: null,
        leaseMs: 1_000,
        signal: new AbortController().signal,
      };
      for (const claimed of await backend.claim(request)) {
        expect(held.map(({ taskId }) => taskId)).not.toContain(claimed.lease.taskId);
        held.push(claimed.lease);
      }
    } else if (name === 'wait') nowMs += pick;
    else if (name === 'lose-leases') {
      nowMs += 1_001;
      await backend.recover();
      while (held.length > 0) end(held[0]!);
    } else if (name === 'stale' && lost.length > 0) {
      const stale = lost[pick % lost.length]!;
      const before = database.sqlite
        .prepare('select state, epoch, result from task_task where id = ?')
        .get(stale.taskId);
      await backend.complete(stale, 'stale');
      await backend.release(stale);
      expect(await backend.progress(stale, { type: 'step-end', state: 'done', checkpoint: 0, error: null })).toBe(
        false,
      );
      expect(
        database.sqlite.prepare('select state, epoch, result from task_task where id = ?').get(stale.taskId),
      ).toEqual(before);
    } else if (name === 'cancel' && id) await backend.cancel(id, 'enough');
    else if (name === 'retry' && id) await backend.retry(id).catch((error) => expect(error.code).toBe('not-retryable'));
    else if (name === 'submit-again' && id) {
      const { key } = database.sqlite.prepare('select key from task_task where id = ?').get(id) as { key: string };
      expect((await backend.enqueue([input({ key })]))[0]).toMatchObject({ created: false, task: { id } });
    } else if (name === 'heartbeat') {
      expect((await backend.heartbeat(held, 1_000)).lost).toEqual([]);
    } else if (lease && name === 'progress') {
      const report = { step: 1, steps: null, percent: pick / 10, etaMs: null, message: null };
      expect(await backend.progress(lease, { type: 'task-progress', ...report })).toBe(true);
    } else if (lease && ['complete', 'fail', 'fail-for-good', 'release'].includes(name)) {
      const settlement =
        name === 'complete'
          ? await backend.complete(lease, 'x')
          : name === 'release'
            ? await backend.release(lease)
            : await backend.fail(
                lease,
                failure,
                name === 'fail'
                  ? { state: 'queued', notBeforeMs: nowMs + pick }
                  : { state: pick % 2 ? 'failed' : 'dead' },
              );
      expect(settlement.accepted).toBe(true);
      end(lease);
    }
  }

  const rows = database.sqlite
    .prepare('select id, state, epoch, runs, lease_until, ended_at from task_task order by id')
    .all() as {
    id: string;
    state: TaskState;
    epoch: number;
    runs: number;
    lease_until: number | null;
    ended_at: number | null;
  }[];
  expect(rows.map(({ id }) => id)).toEqual([...submitted].sort());
  const told = statesByEvents(readEvents(database.sqlite));
  for (const row of rows) {
    const stands = isFinal(row.state) ? row.state : row.state === 'running' ? 'runs' : 'waits';
    expect(told.get(row.id), `events of a task that is ${row.state}`).toBe(stands);
    expect(row.lease_until !== null, 'a lease while running only').toBe(row.state === 'running');
    expect(row.ended_at !== null, 'an end in final states only').toBe(isFinal(row.state));
    expect(row.epoch).toBe(row.runs);
    const open = database.sqlite.prepare(
      'select count(*) as count from task_run where task_id = ? and ended_at is null',
    );
    expect(open.get(row.id), 'open runs').toEqual({ count: row.state === 'running' ? 1 : 0 });
  }
  expect(new Set(held.map(({ taskId }) => taskId))).toEqual(
    new Set(rows.filter(({ state }) => state === 'running').map(({ id }) => id)),
  );
  await backend.close();
}

describe('random sequences of operations', () => {
  it('TASKS-9: lose no task, and the events always tell the state', async () => {
    await fc.assert(fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 60 }), play), { numRuns: 150 });
  }, 240_000);
});
