export { anthropicBackend } from './anthropic-backend.js';
export type { AnthropicBackendOptions } from './options.js';
