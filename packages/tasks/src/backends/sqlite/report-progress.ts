import type { Lease } from '../../backend.js';
import type { RunEvent } from '../../task-event.js';
import { appendEvents } from './append-events.js';
import type { Write } from './context.js';
import { leaseGuard } from './leases.js';
import { change } from './statements.js';

/** Stores an event of a run and, with the run, how far it is. */
export function reportProgress(lease: Lease, event: RunEvent): Write<boolean> {
  return async (trx, { clock }) => {
    const { taskId, run } = lease;
    if (!(await leaseGuard(lease)(trx))) return { result: false, nudges: [] };
    if (event.type === 'step-start') {
      await change(trx, 'update task_run set step = ?, steps = ? where step_id = ? and run = ?', [
        ...[event.step, event.steps, taskId, run],
      ]);
    }
    if (event.type === 'task-progress') {
      await change(
        trx,
        'update task_run set step = ?, steps = ?, percent = ?, eta_ms = ?, message = ? where step_id = ? and run = ?',
        [event.step, event.steps, event.percent, event.etaMs, event.message, taskId, run],
      );
    }
    await appendEvents(trx, clock.now(), [{ taskId, stepId: taskId, run, body: event }]);
    return { result: true, nudges: [{ reason: 'event', taskId }] };
  };
}
