export { ModelPoolError, type ModelPoolErrorCode, type ModelPoolErrorOptions } from './errors.js';
export type {
  BackendChange,
  CallEvent,
  CallFallback,
  CallQueued,
  Decision,
  DecisionEvent,
  ModelEvict,
  ModelLoad,
  ModelLost,
  ModelMissing,
  ModelReady,
  PoolEvent,
  ProfileDrift,
  RejectedOption,
  ResidencyRestore,
} from './events.js';
export { readInstalledModels } from './installed-models.js';
export { type MemoryBudget, type MemoryReading, memoryBudget } from './memory/budget.js';
export { estimateNeedBytes } from './memory/need.js';
export { readMemory } from './memory/read-memory.js';
export type {
  BackendOptions,
  MemoryOptions,
  ModelOptions,
  ModelPoolOptions,
  ResidencyOptions,
  RoleOptions,
  RunnerOptions,
  TimerOptions,
} from './options.js';
export { type CloseOptions, createModelPool, type ManageOptions, type ModelPool } from './pool.js';
export { type ChooseModelsOptions, type ChosenModel, chooseModels, type ModelChoice } from './roles/ladder.js';
export type {
  BackendStatus,
  Explanation,
  InstalledModel,
  LaneStatus,
  MemoryStatus,
  ModelState,
  ModelStatus,
  PoolStatus,
  PullOptions,
  PullProgress,
} from './status.js';
export type {
  CallEnd,
  CallError,
  CallGate,
  CallRequest,
  CallResult,
  CallStart,
  CallTiming,
  CallUsage,
  ChatMessage,
  Clock,
  EmbedRequest,
  EmbedResult,
  GateHandle,
  Id,
  JsonObject,
  JsonValue,
  Labels,
  Lane,
  Logger,
  Role,
  RoleName,
  TextDelta,
  Think,
} from './types.js';
