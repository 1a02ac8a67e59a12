export { type CallLabels, type CallPurpose, callLabels, type TextSnapshot } from './call.js';
export {
  type ConversationPage,
  type ConversationView,
  conversationViewSchema,
  type ImportView,
  type MessageView,
  messageViewSchema,
  type SearchHit,
  type SearchPage,
} from './conversation.js';
export type {
  ConversationDocument,
  ConversationsDocument,
  ErrorDocument,
  ForgetDocument,
  ListDocument,
  MemoriesDocument,
  MemoryDocument,
  TaskDocument,
} from './documents.js';
export {
  callErrorCodes,
  commandErrorCodes,
  configErrorCodes,
  contextErrorCodes,
  type EnvelopeFacts,
  type ErrorEnvelope,
  engineErrorCodes,
  errorEnvelope,
  errorEnvelopeSchema,
  isErrorEnvelope,
  requestErrorCodes,
  storageErrorCodes,
  systemErrorCodes,
  type TaleErrorCode,
  taleErrorCodes,
  taskErrorCodes,
  transportErrorCodes,
} from './error.js';
export { ProtocolError, type ProtocolErrorCode } from './errors.js';
export {
  type ApprovalEndEvent,
  type ApprovalOpenEvent,
  type StepEndEvent,
  type StepStartEvent,
  type TaskCancelEvent,
  type TaskEndEvent,
  type TaskEvent,
  type TaskEventBase,
  type TaskProgressEvent,
  type TaskQueuedEvent,
  type TaskStartEvent,
  type TaskWaitEvent,
  taskEventSchema,
  toWireInstants,
  type WireInstants,
} from './event.js';
export {
  type ForgetHit,
  type ForgetView,
  type FoundMemory,
  forgetViewSchema,
  type MemoryExplanation,
  type MemoryKind,
  type MemoryOrigin,
  type MemorySource,
  type MemoryState,
  type MemoryView,
  memoryKinds,
  memoryOrigins,
  memoryStates,
  memoryViewSchema,
} from './memory.js';
export {
  type ConversationArguments,
  conversationActions,
  conversationArgumentsSchema,
  type MemoryArguments,
  memoryActions,
  memoryArgumentsSchema,
} from './memory-tools.js';
export { maxPromptCharacters, normalizePrompt, toWellFormed } from './prompt.js';
export { type HealthView, type RuntimeFile, type RuntimeServer, runtimeFileSchema } from './runtime.js';
export { type Settings, settingsSchema } from './settings.js';
export type { SetupEndEvent, SetupErrorEvent, SetupEvent, SetupProgressEvent } from './setup.js';
export {
  type Band,
  type EndState,
  endStates,
  type Forecast,
  forecastSchema,
  isEndState,
  type ModelUsage,
  type RunView,
  type TaskState,
  type TaskUsage,
  type TaskView,
  taskStates,
  taskViewSchema,
} from './task.js';
export { type RunFacts, type TaskFacts, toTaskView } from './task-view.js';
