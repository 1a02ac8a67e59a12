export { listPlan } from './list-plan.js';
export { matchPlan } from './match-plan.js';
export { type Plan, type Query, type Row, runPlan, runPlanAsync } from './plan.js';
export { toTaskEvent, toTaskRecord, toTaskRun, toTaskSummary } from './records.js';
export { countsPlan, eventsPlan, runsOfPlan, runsPlan, taskPlan } from './task-plans.js';
export { createTaskReader, type SqliteHandle, type TaskReader } from './task-reader.js';
