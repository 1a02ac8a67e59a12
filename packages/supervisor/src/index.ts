export { type Holder, SupervisorError, type SupervisorErrorCode, type SupervisorErrorFacts } from './errors.js';
export { type ReadLogsOptions, readLogs } from './logs/read-logs.js';
export type { ChildMessage, SupervisorMessage } from './messages.js';
export { readRuntimeFile } from './runtime-file.js';
export { createSupervisor } from './supervisor.js';
export { loadOrCreateToken } from './token-file.js';
export type {
  Beat,
  Clock,
  Lock,
  Logger,
  LogLine,
  RestartReport,
  RuntimeFile,
  RuntimeServer,
  ServerSpec,
  ServerState,
  ServerStatus,
  Supervisor,
  SupervisorEvents,
  SupervisorOptions,
  WantedPort,
} from './types.js';
