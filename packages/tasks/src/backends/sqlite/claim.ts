import type { ClaimedTask, ClaimRequest } from '../../backend.js';
import { places } from '../../queries/columns.js';
import { tasksPlan } from '../../queries/task-plans.js';
import type { Database } from '../../types.js';
import { appendEvents } from './append-events.js';
import type { Write } from './context.js';
import { change, run, select } from './statements.js';

type Wanted = Pick<ClaimRequest, 'kinds'>;

/** When the next task may be claimed: 0 at once, epoch ms for a later instant, null if none waits. Reads only. */
export async function nextDue(db: Database, { kinds }: Wanted, nowMs: number): Promise<number | null> {
  const [row] = await select(
    db,
    `select case
      when exists (select 1 from task_task where state = 'ready' and ${claimable(kinds)}) then 0
      else (select min(not_before) from task_task where state = 'queued' and ${claimable(kinds)}) end as due`,
    [...ofKind(kinds, nowMs), ...ofKind(kinds, nowMs)],
  );
  return row?.due as number | null;
}

/** Takes the first tasks by rank; queued ones whose instant has come count as ready. */
export function claim({ server, slots, kinds, leaseMs }: Omit<ClaimRequest, 'signal'>): Write<ClaimedTask[]> {
  return async (trx, { clock, leaseClock, daemonId }) => {
    const nowMs = clock.now();
    const taken = await select(
      trx,
      `update task_task set state = 'running', reason = null, not_before = null, epoch = epoch + 1, runs = runs + 1,
        lease_owner = ?, lease_daemon = ?, lease_boot = ?, lease_until = ?, started_at = coalesce(started_at, ?)
      where id in (
        select id from (
          select id, rank from (
            select id, rank from task_task where state = 'ready' and ${claimable(kinds)} order by rank, id limit ?)
          union all
          select id, rank from (
            select id, rank from task_task where state = 'queued' and not_before <= ? and ${claimable(kinds)}
            order by rank, id limit ?))
        order by rank, id limit ?)
      returning id, runs, epoch, rank`,
      [
        ...[server, daemonId, leaseClock.bootId, leaseClock.now() + leaseMs, nowMs],
        ...[...ofKind(kinds, nowMs), slots],
        ...[nowMs, ...ofKind(kinds, nowMs), slots],
        slots,
      ],
    );
    if (taken.length === 0) return { result: [], nudges: [] };
    taken.sort((a, b) => (a.rank as number) - (b.rank as number) || ((a.id as string) < (b.id as string) ? -1 : 1));
    const leases = taken.map((row) => ({
      taskId: row.id as string,
      run: row.runs as number,
      epoch: row.epoch as number,
    }));
    await change(
      trx,
      `insert into task_run (task_id, step_id, run, server, epoch, started_at)
        values ${leases.map(() => '(?, ?, ?, ?, ?, ?)').join(', ')}`,
      leases.flatMap((lease) => [lease.taskId, lease.taskId, lease.run, server, lease.epoch, nowMs]),
    );
    await appendEvents(
      trx,
      nowMs,
      leases.map(({ taskId, run }) => ({ taskId, stepId: taskId, run, body: { type: 'task-start', server } })),
    );
    const tasks = await run(trx, tasksPlan(leases.map((lease) => lease.taskId)));
    return {
      result: leases.map((lease, index) => ({ lease, task: tasks[index]! })),
      nudges: leases.map(({ taskId }) => ({ reason: 'event', taskId })),
    };
  };
}

function claimable(kinds: Wanted['kinds']): string {
  const alive = '(deadline_at is null or deadline_at > ?)';
  return kinds ? `${alive} and kind in (${places(kinds.length)})` : alive;
}

function ofKind(kinds: Wanted['kinds'], nowMs: number): (string | number)[] {
  return [nowMs, ...(kinds ?? [])];
}
