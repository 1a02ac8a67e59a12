import type { CancelRequest, Guard, HeartbeatReport, Lease } from '../../backend.js';
import type { Row } from '../../queries/plan.js';
import type { Database } from '../../types.js';
import type { Write } from './context.js';
import { select } from './statements.js';

/** The fence: true while the task runs under this epoch. */
export function leaseGuard({ taskId, epoch }: Lease): Guard {
  return async (trx) => {
    const sql = `select 1 as held from task_task where id = ? and epoch = ? and state = 'running'`;
    return (await select(trx, sql, [taskId, epoch])).length === 1;
  };
}

/** Renews all leases in one statement; what it does not find is lost. */
export function heartbeat(leases: readonly Lease[], leaseMs: number): Write<HeartbeatReport> {
  return async (trx, { leaseClock }) => {
    const rows = await select(
      trx,
      `update task_task set lease_until = ? where state = 'running' and ${among(leases)}
        returning id, epoch, cancel_reason`,
      [leaseClock.now() + leaseMs, ...pairs(leases)],
    );
    const kept = leases.filter((lease) => rowOf(rows, lease));
    const lost = leases.filter((lease) => !kept.includes(lease));
    return { result: { kept, lost, cancel: requestsIn(rows, kept) }, nudges: [] };
  };
}

/** Which of the leases are to be stopped. */
export async function cancelRequests(db: Database, leases: readonly Lease[]): Promise<CancelRequest[]> {
  if (leases.length === 0) return [];
  const rows = await select(
    db,
    `select id, epoch, cancel_reason from task_task
      where state = 'running' and cancel_reason is not null and ${among(leases)}`,
    pairs(leases),
  );
  return requestsIn(rows, leases);
}

function among(leases: readonly Lease[]): string {
  return `(id, epoch) in (values ${leases.map(() => '(?, ?)').join(', ')})`;
}

function pairs(leases: readonly Lease[]): (string | number)[] {
  return leases.flatMap(({ taskId, epoch }) => [taskId, epoch]);
}

function rowOf(rows: readonly Row[], lease: Lease): Row | undefined {
  return rows.find((row) => row.id === lease.taskId && row.epoch === lease.epoch);
}

function requestsIn(rows: readonly Row[], leases: readonly Lease[]): CancelRequest[] {
  return leases.flatMap((lease) => {
    const reason = rowOf(rows, lease)?.cancel_reason;
    return typeof reason === 'string' ? { lease, reason } : [];
  });
}
