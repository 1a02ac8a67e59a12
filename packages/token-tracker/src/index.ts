export type {
  CallEnd,
  CallError,
  CallGate,
  CallHandle,
  CallStart,
  JsonObject,
  JsonValue,
  Labels,
  Lane,
  Role,
  Timing,
  Usage,
  UsageSource,
} from './calls.js';
export { TokenTrackerError, type TokenTrackerErrorCode } from './errors.js';
export type {
  CallRecord,
  CallsOptions,
  Counts,
  Report,
  ReportDimension,
  ReportOptions,
  ReportRow,
  TaskModelUsage,
  TaskUsage,
} from './queries/types.js';
export { migrateTokens } from './store/migrations.js';
export { createTokenTracker } from './tracker.js';
export type {
  AbortOptions,
  AnyKysely,
  Clock,
  DamagedCall,
  Difference,
  DroppedRecord,
  Logger,
  Recovery,
  SqliteHandle,
  SqliteStatement,
  TaskEnd,
  TaskModelSums,
  TokenTracker,
  TokenTrackerEvents,
  TokenTrackerOptions,
  Verification,
  Writer,
} from './types.js';
