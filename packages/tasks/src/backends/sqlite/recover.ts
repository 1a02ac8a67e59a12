import type { RecoverOptions, RecoverReport } from '../../backend.js';
import type { Row } from '../../queries/plan.js';
import { deadline, type RunOutcome } from '../../settlement.js';
import type { Database, Nudge } from '../../types.js';
import { appendEvents } from './append-events.js';
import type { Write, WriteContext } from './context.js';
import { runningColumns, settleRow, taskEnd } from './settle.js';
import { change, select } from './statements.js';

const rowsPerWrite = 200;
const deadlineGraceMs = 5_000; // for the holder of a running task, who aborts it at the deadline and keeps what there is

/** What one write of a recovery did; `more`: it stopped at its limit of rows. */
export interface RecoverPart extends RecoverReport {
  readonly more: boolean;
}

/** Whether there is anything to recover. Reads only. */
export async function needsRecovery(db: Database, context: WriteContext, options: RecoverOptions): Promise<boolean> {
  return (await lostRows(db, context, options, 1)).length > 0 || (await overdueRows(db, context, 1)).length > 0;
}

/** Settles lost runs and fails what is overdue, up to a limit of rows. */
export function recover(options: RecoverOptions): Write<RecoverPart> {
  return async (trx, context) => {
    const counts = { recovered: 0, dead: 0, failed: 0, cancelled: 0 };
    const nudges: Nudge[] = [];
    const nowMs = context.clock.now();
    const settleAs = async (row: Row, outcome: RunOutcome) => {
      const { settled, nudge } = await settleRow(trx, context, row, outcome);
      const { state } = settled;
      counts[state === 'dead' || state === 'failed' || state === 'cancelled' ? state : 'recovered'] += 1;
      nudges.push(nudge);
    };
    const lost = await lostRows(trx, context, options, rowsPerWrite);
    for (const row of lost) {
      const late = row.deadline_at !== null && (row.deadline_at as number) <= nowMs;
      await settleAs(row, { type: late ? 'deadline' : 'lease-lost' });
    }
    const overdue = await overdueRows(trx, context, rowsPerWrite);
    for (const row of overdue) {
      if (row.state === 'running') {
        await settleAs(row, { type: 'deadline' });
      } else {
        await failUnstarted(trx, row, nowMs);
        counts.failed += 1;
        nudges.push({ reason: 'event', taskId: row.id as string });
      }
    }
    return { result: { ...counts, more: lost.length === rowsPerWrite || overdue.length === rowsPerWrite }, nudges };
  };
}

async function lostRows(db: Database, context: WriteContext, options: RecoverOptions, limit: number): Promise<Row[]> {
  const { leaseClock } = context;
  const conditions = ['lease_until < ?', 'lease_boot <> ?'];
  const parameters: (string | number)[] = [leaseClock.now(), leaseClock.bootId];
  if (options.daemonId !== undefined) {
    conditions.push('lease_daemon is null', 'lease_daemon <> ?');
    parameters.push(options.daemonId);
  }
  if (options.server !== undefined) {
    conditions.push('lease_owner = ?');
    parameters.push(options.server);
  }
  const sql = `select ${runningColumns} from task_task where state = 'running' and (${conditions.join(' or ')}) limit ?`;
  return select(db, sql, [...parameters, limit]);
}

async function overdueRows(db: Database, { clock }: WriteContext, limit: number): Promise<Row[]> {
  const nowMs = clock.now();
  const sql = `select ${runningColumns} from task_task where deadline_at is not null and deadline_at <= ?
    and state in ('queued', 'ready', 'running') and (state <> 'running' or deadline_at <= ?) limit ?`;
  return select(db, sql, [nowMs, nowMs - deadlineGraceMs, limit]);
}

async function failUnstarted(trx: Database, row: Row, nowMs: number): Promise<void> {
  const id = row.id as string;
  await change(
    trx,
    `update task_task set state = 'failed', reason = ?, error = ?, not_before = null, ended_at = ?
      where id = ? and state in ('queued', 'ready')`,
    [deadline.code, JSON.stringify(deadline), nowMs, id],
  );
  await appendEvents(trx, nowMs, [
    { taskId: id, stepId: null, run: null, body: taskEnd(row, 'failed', deadline, nowMs) },
  ]);
}
