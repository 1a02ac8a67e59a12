const summary = [
  't.id, t.key, t.owner, t.kind, t.title, t.priority, t.state, t.reason, t.cancel_reason, t.attempt, t.max_attempts',
  't.recoveries, t.runs, t.epoch, t.created_at, t.started_at, t.ended_at, t.not_before, t.deadline_at, t.error',
  'r.step, r.steps, r.percent, r.eta_ms, r.message',
].join(', ');

// What a task reports of its progress is kept with the run that reported it: rows of runs are small, those of tasks not.
const source = 'from task_task t left join task_run r on r.step_id = t.id and r.run = t.runs';

/** Beginning of each statement that reads summaries. */
export const selectSummary = `select ${summary} ${source}`;

/** Beginning of each statement that reads whole tasks. */
export const selectRecord = `select ${summary}, t.payload, t.result ${source}`;

/** So many places for parameters. */
export function places(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}
