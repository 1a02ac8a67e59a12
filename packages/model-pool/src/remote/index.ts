export { ModelPoolError, type ModelPoolErrorCode, type ModelPoolErrorOptions } from '../errors.js';
export { createRemotePool, type RemoteOptions, type RemotePool, type RemotePoolOptions } from './remote-pool.js';
