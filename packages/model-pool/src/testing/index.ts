export type { Choice } from '../decisions/choice.js';
export {
  type FakeAnthropic,
  type FakeAnthropicOptions,
  type FakeAnthropicRequest,
  startFakeAnthropic,
} from './fake-anthropic/fake-anthropic.js';
export {
  type FakeAnthropicFault,
  type FakeAnthropicFaultKind,
  fakeAnthropicFaultGroups,
} from './fake-anthropic/faults.js';
export type { FakeRequest } from './fake-ollama/exchange.js';
export { type FakeOllama, type FakeResident, startFakeOllama } from './fake-ollama/fake-ollama.js';
export {
  type FakeFault,
  type FakeFaultKind,
  fakeFaultGroups,
  fakeFaultKinds,
  parseFakeFault,
} from './fake-ollama/faults.js';
export type { FakeModel, FakeOllamaOptions, FakeServes, FakeTiming } from './fake-ollama/options.js';
export type { FlapOptions } from './fake-ollama/state.js';
export type {
  BackendCapabilities,
  BackendCapability,
  BackendCase,
  BackendTarget,
} from './suites/backend/backend-case.js';
export { backendCases } from './suites/backend/backend-cases.js';
export { openAiCases } from './suites/backend/openai-cases.js';
export {
  type BackendCaseResult,
  type BackendSuiteOptions,
  runBackendSuite,
} from './suites/backend/run-backend-suite.js';
export type {
  CallCapabilities,
  CallCapability,
  CallCase,
  CallCaseContext,
  CallPort,
} from './suites/call/call-case.js';
export { callCases } from './suites/call/call-cases.js';
export { type AbortStormOptions, type AbortStormResult, runAbortStorm } from './suites/fault/abort-storm.js';
export { type FaultCase, type FaultCaseContext, faultCases, faultCaseTimers } from './suites/fault/fault-cases.js';
export { type Capabilities, skipReason } from './suites/skip-reason.js';
