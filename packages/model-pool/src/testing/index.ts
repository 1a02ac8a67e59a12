export {
  type BackendCase,
  type BackendCaseResult,
  type BackendTarget,
  backendCases,
  runBackendSuite,
} from './backend-cases.js';
export { type CallCase, type CallCaseContext, type CallPort, callCases } from './call-cases.js';
export type { FakeRequest } from './fake-exchange.js';
export { type FakeFault, type FakeFaultKind, fakeFaultGroups, parseFakeFault } from './fake-faults.js';
export {
  type FakeModel,
  type FakeOllama,
  type FakeOllamaOptions,
  type FakeResident,
  type FakeTiming,
  startFakeOllama,
} from './fake-ollama.js';
