import type { TaskEvent } from '../task-event.js';
import type { ErrorEnvelope, JsonValue, TaskRecord, TaskRun, TaskState, TaskSummary } from '../types.js';
import type { Row } from './plan.js';

/** The summary that a row of the columns of a summary holds. */
export function toTaskSummary(row: Row): TaskSummary {
  return {
    id: row.id as string,
    key: row.key as string | null,
    owner: row.owner === '' ? null : (row.owner as string),
    kind: row.kind as string,
    title: row.title as string,
    priority: row.priority as number,
    state: row.state as TaskState,
    reason: row.reason as string | null,
    cancelReason: row.cancel_reason as string | null,
    attempt: row.attempt as number,
    maxAttempts: row.max_attempts as number,
    recoveries: row.recoveries as number,
    runs: row.runs as number,
    epoch: row.epoch as number,
    createdAtMs: row.created_at as number,
    startedAtMs: row.started_at as number | null,
    endedAtMs: row.ended_at as number | null,
    notBeforeMs: row.not_before as number | null,
    deadlineAtMs: row.deadline_at as number | null,
    step: row.step as number | null,
    steps: row.steps as number | null,
    percent: row.percent as number | null,
    etaMs: row.eta_ms as number | null,
    message: row.message as string | null,
    error: toError(row.error),
  };
}

/** The task that a row of all its columns holds. */
export function toTaskRecord(row: Row): TaskRecord {
  return {
    ...toTaskSummary(row),
    payload: JSON.parse(row.payload as string) as JsonValue,
    result: row.result as string | null,
  };
}

/** The run that a row holds. */
export function toTaskRun(row: Row): TaskRun {
  return {
    taskId: row.task_id as string,
    stepId: row.step_id as string,
    run: row.run as number,
    server: row.server as string,
    epoch: row.epoch as number,
    startedAtMs: row.started_at as number,
    endedAtMs: row.ended_at as number | null,
    end: row.end as TaskRun['end'],
    error: toError(row.error),
  };
}

/** The event that a row holds. */
export function toTaskEvent(row: Row): TaskEvent {
  return {
    seq: row.seq,
    atMs: row.at,
    taskId: row.task_id,
    stepId: row.step_id,
    run: row.run,
    type: row.type,
    ...JSON.parse(row.body as string),
  } as TaskEvent;
}

function toError(value: unknown): ErrorEnvelope | null {
  return value === null ? null : (JSON.parse(value as string) as ErrorEnvelope);
}
