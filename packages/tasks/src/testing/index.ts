export { backendCases } from './backend-cases.js';
export type { BackendCase, BackendUnderTest } from './backend-under-test.js';
export { createNudgeHub, type NudgeHub } from './nudge-hub.js';
