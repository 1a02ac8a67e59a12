export { createPoolHandler, type PoolHandler, type PoolHandlerOptions } from './handler.js';
export type { OpenAiErrorBody } from './openai/answer/openai-error.js';
export { describeRefusal, type RefusedRequest } from './openai/answer/openai-refusal.js';
export type { ServedPool } from './served-pool.js';
