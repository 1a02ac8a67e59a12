export { createContext } from './context.js';
export type { Context, ContextOptions, MemoryOptions, Recovery } from './context-types.js';
export type {
  Conversation,
  ConversationPage,
  Conversations,
  ListConversations,
  NewConversation,
} from './conversations/types.js';
export { ContextError, type ContextErrorCode, type ContextErrorOptions } from './errors.js';
export { type ContextReport, ContextReportSchema } from './eval/report-schema.js';
export type {
  ContextEvents,
  ForgetEnded,
  MemorySuggested,
  MessageAppended,
  SummaryEnded,
  SummaryFailed,
  WindowEvicted,
  WindowShortened,
  WindowTruncated,
} from './events.js';
export type { FactAnswer, FactIntent, Facts, LastRequest, TaskStatus } from './facts/types.js';
export type {
  ForgetHit,
  ForgetOptions,
  ForgetReport,
  ForgetScope,
  PrunePolicy,
  RedactReason,
  RowKind,
  VerifyProblem,
  VerifyReport,
} from './forget/types.js';
export type {
  AddedMemory,
  ListMemories,
  Memories,
  Memory,
  MemoryExplanation,
  MemoryKind,
  MemoryOrigin,
  MemoryState,
  NewMemory,
  Suggestion,
} from './memories/types.js';
export type {
  Appended,
  AppendOptions,
  Attachment,
  Message,
  MessageOrigin,
  MessagePage,
  MessageParts,
  MessageStatus,
  MessageStream,
  Messages,
  NewMessage,
  PageOptions,
  PinnedLine,
  StreamEnd,
} from './messages/types.js';
export type { ExportOptions, ImportOptions, ImportReport } from './portable/types.js';
export type {
  FindRecall,
  Hit,
  HitKind,
  HitParts,
  PlanContext,
  PlanItem,
  PlanQuery,
  Recall,
  Recalled,
  RecallOptions,
  RecallQuery,
} from './recall/types.js';
export type { SearchHit, SearchOptions, SearchResult } from './search/types.js';
export { migrateContext } from './store/migrations.js';
export type { RunOptions, Summaries, Summary, SummaryRun } from './summaries/types.js';
export type {
  CallOptions,
  Clock,
  ContextLimits,
  CountTokens,
  Database,
  Embed,
  Generate,
  JsonObject,
  JsonValue,
  Logger,
  MessageRole,
  ModelMessage,
  ModelWindow,
  SecretPattern,
  SqliteHandle,
  SqliteStatement,
  TaskFact,
  TaskFacts,
  ToolCall,
  Writer,
} from './types.js';
export type { FitPromptOptions, FittedPrompt } from './window/prompt-types.js';
export type {
  ExplainedLine,
  FitOptions,
  FittedWindow,
  Observation,
  ObservationResult,
  WindowExplanation,
  WindowLeft,
  Windows,
  WindowTokens,
} from './window/types.js';
export type { ShortenStep } from './window/window-data.js';
