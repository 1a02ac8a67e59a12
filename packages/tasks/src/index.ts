export type {
  CancelRequest,
  ClaimedTask,
  ClaimRequest,
  ExecutionBackend,
  FailureSequel,
  Guard,
  HeartbeatReport,
  Lease,
  RecoverOptions,
  RecoverReport,
  Settlement,
  Submitted,
  SubscribeOptions,
  TaskInput,
} from './backend.js';
export { type SqliteBackendOptions, sqliteBackend } from './backends/sqlite/sqlite-backend.js';
export { TasksError, type TasksErrorCode } from './errors.js';
export { systemLeaseClock } from './lease-clock.js';
export { migrateTasks } from './migrations.js';
export { toTaskRecord } from './queries/records.js';
export { isFinal, nextState, type StateEvent } from './states.js';
export type {
  ApprovalEndEvent,
  ApprovalOpenEvent,
  Progress,
  RunEvent,
  StepEndEvent,
  StepStartEvent,
  TaskCancelEvent,
  TaskEndEvent,
  TaskEvent,
  TaskEventBase,
  TaskProgressEvent,
  TaskQueuedEvent,
  TaskStartEvent,
  TaskWaitEvent,
} from './task-event.js';
export { createTasks, type Tasks, type TasksOptions } from './tasks.js';
export type {
  Clock,
  Database,
  EndState,
  ErrorEnvelope,
  JsonObject,
  JsonValue,
  LeaseClock,
  ListOptions,
  Logger,
  Nudge,
  NudgePort,
  TaskCounts,
  TaskMatch,
  TaskPage,
  TaskRecord,
  TaskRun,
  TaskState,
  TaskSubmission,
  TaskSummary,
  Writer,
} from './types.js';
export type { TaskContext, TaskHandler, TaskResult } from './worker/run-task.js';
export type { RunningTask, Worker, WorkOptions } from './worker/worker.js';
