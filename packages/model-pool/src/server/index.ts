export { createPoolHandler, type PoolHandler, type PoolHandlerOptions, type ServedPool } from './handler.js';
