export { memoryLock } from './memory-lock.js';
export { type TestBehaviour, testServer } from './test-server.js';
