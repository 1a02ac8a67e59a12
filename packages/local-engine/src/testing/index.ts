// Each name here is public API.
export { ensureRuntime } from './ensure-runtime.js';
export { type FakeRunner, type FakeRunners, type FakeRunnersOptions, fakeRunners } from './fake-runners.js';
export { fileEntry } from './file-entry.js';
export { type TinyGgufOptions, writeTinyGguf } from './tiny-gguf.js';
