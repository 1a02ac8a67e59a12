export type { CallEnd, CallStart } from '../calls.js';
export type { TokenTrackerOptions } from '../types.js';
export { fakeCallEnd, fakeCallStart } from './fake-call.js';
export { type StoreCase, type StoreOptions, type StoreUnderTest, storeCases } from './store-cases.js';
