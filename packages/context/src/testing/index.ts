export { type FakeAnswer, type FakeModel, type FakeModelOptions, fakeModel } from './fake-model.js';
export { type ManualClock, manualClock } from './manual-clock.js';
export { scanFiles } from './scan-files.js';
export { storeCases } from './store-cases.js';
export type { CreateStore, StoreCase, StoreUnderTest } from './store-under-test.js';
