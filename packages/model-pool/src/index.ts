export type {
  Backend,
  BackendFactory,
  BackendParts,
  BackendTraits,
  CountCall,
  DecideCall,
  DecideEnd,
  EmbedEnd,
  LoadedModel,
  ReportedCounts,
  ServerVersion,
  TextEnd,
  TextRequest,
  TextSink,
} from './backends/backend.js';
export type { Choice } from './decisions/choice.js';
export type {
  DecisionInputs,
  DecisionKind,
  EvictOutcome,
  LoadOutcome,
  StrangersView,
  SwapDecisionView,
} from './decisions/decision-inputs.js';
export { explainEntries } from './decisions/explain.js';
export { type DecisionMismatch, replayDecision, replayLog } from './decisions/replay.js';
export type { DecisionRecord, StoryEntry } from './decisions/story.js';
export { ModelPoolError, type ModelPoolErrorCode, type ModelPoolErrorOptions } from './errors.js';
export type {
  BackendChange,
  CallEvent,
  CallFallback,
  CallQueued,
  ContextDrift,
  Decision,
  DecisionEvent,
  DecisionOf,
  DigestDrift,
  EvictReason,
  ModelEvict,
  ModelLoad,
  ModelLost,
  ModelMissing,
  ModelReady,
  PoolEvent,
  ProfileDrift,
  RejectedOption,
  ResidencyRestore,
  SpeedDrift,
  ToolCallEvent,
} from './events.js';
export { readInstalledModels } from './installed-models.js';
export type { Admission } from './lanes/admission.js';
export type { GrantView, LaneEntry, LaneRequest, WaitedBehind } from './lanes/grant.js';
export { type MemoryBudget, type MemoryReading, memoryBudget } from './memory/budget.js';
export { estimateNeedBytes } from './memory/need.js';
export type { HeldModel, LoadSnapshot } from './memory/plan.js';
export { readMemory } from './memory/read-memory.js';
export type { MetricsPort } from './metrics/metrics-port.js';
export { type MetricLabels, type MetricName, type MetricSeries, metricSeries } from './metrics/series.js';
export type {
  BackendOptions,
  HealthOptions,
  MemoryOptions,
  ModelOptions,
  ModelPoolOptions,
  OllamaBackendOptions,
  OpenAiBackendOptions,
  ResidencyOptions,
  RoleOptions,
  RunnerOptions,
  TimerOptions,
} from './options.js';
export { type CloseOptions, createModelPool, type ManageOptions, type ModelPool } from './pool.js';
export type { HolderView, ResidencySnapshot, ResidentView } from './residency/desired.js';
export type { ModeView } from './residency/mode.js';
export type { SwapView } from './residency/swap.js';
export { type ChooseModelsOptions, type ChosenModel, chooseModels, type ModelChoice } from './roles/ladder.js';
export type { Profile } from './roles/profile.js';
export type { CandidateView, Capability, RouteView } from './routing/candidates.js';
export type { CoverView } from './routing/cover.js';
export type { FailureView } from './routing/retry.js';
export type {
  BackendStatus,
  BackendWarning,
  CanaryResult,
  Explanation,
  InstalledModel,
  LaneStatus,
  MemoryStatus,
  ModelDrift,
  ModelState,
  ModelStatus,
  PoolStatus,
  PullOptions,
  PullProgress,
  ResidencyChange,
  ResidencyStatus,
  StrangerModel,
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
  CountRequest,
  DecideAnswer,
  DecideQuestion,
  DecideRequest,
  DecideResult,
  EmbedRequest,
  EmbedResult,
  GateHandle,
  Id,
  JsonObject,
  JsonValue,
  Labels,
  Lane,
  Logger,
  MemoryEstimate,
  MemoryEstimates,
  Role,
  RoleName,
  TextDelta,
  Think,
  ToolCall,
  ToolChoice,
  ToolDefinition,
} from './types.js';
