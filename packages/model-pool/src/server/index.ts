export { createPoolHandler, type PoolHandler, type PoolHandlerOptions } from './handler.js';
export type { ServedPool } from './served-pool.js';
