// Each name here is public API.
export { builtInCatalog } from './catalog/catalog.js';
export { type FirstRunCandidates, firstRunCandidates } from './catalog/first-run.js';
export {
  type FirstRunFailure,
  type FirstRunOptions,
  type FirstRunPair,
  pullFirstRunPair,
} from './client/pull-first-run.js';
export type { EngineAddress, PullLine } from './client/pull-model.js';
export { createLocalEngine } from './engine.js';
export {
  LocalEngineError,
  type LocalEngineErrorCode,
  type LocalEngineErrorOptions,
  type SourceFailure,
} from './errors.js';
export type {
  AnswerFormat,
  CallResult,
  ChatMessage,
  Decision,
  FailureFacts,
  FromRunner,
  GgufFacts,
  JsonObject,
  Question,
  RunnerCall,
  RunnerFailureCode,
  RunnerResults,
  Sampling,
  TextCall,
  TextPiece,
  ToolFunction,
  ToolRequest,
  ToRunner,
} from './runner/protocol.js';
export {
  type InstalledRuntime,
  type InstallProgress,
  type InstallRuntimeOptions,
  installRuntime,
} from './runtime/install.js';
export type { RuntimeGpu } from './runtime/platform.js';
export { type SystemSourcesOptions, systemSources } from './sources/system-sources.js';
export type {
  CatalogEntry,
  Clock,
  DiskProbe,
  FileModelSource,
  HuggingFaceModelSource,
  LocalEngine,
  LocalEngineOptions,
  Logger,
  MemoryProbe,
  ModelSource,
  ModelSourceKind,
  NpmModelPart,
  NpmModelSource,
  PartialFile,
  PypiModelPart,
  PypiModelSource,
  RunnerProcess,
  SourceDriver,
  SourceRequest,
  SpawnRunner,
} from './types.js';
