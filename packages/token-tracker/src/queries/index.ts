export type {
  CallEnd,
  JsonObject,
  JsonValue,
  Role,
  UsageSource,
} from '../calls.js';
export { TokenTrackerError, type TokenTrackerErrorCode } from '../errors.js';
export { callsScript } from './calls.js';
export { reportScript } from './report.js';
export { readSqlite } from './run-script.js';
export { taskUsageScript, taskUsagesScript } from './task-usage.js';
export type {
  CallRecord,
  CallsOptions,
  Counts,
  Report,
  ReportDimension,
  ReportOptions,
  ReportRow,
  Row,
  Script,
  SqliteReader,
  Statement,
  TaskModelUsage,
  TaskUsage,
} from './types.js';
