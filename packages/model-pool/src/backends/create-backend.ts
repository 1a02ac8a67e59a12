import type { BackendOptions } from '../options.js';
import type { Backend, BackendParts } from './backend.js';
import { createOllamaBackend } from './ollama/backend.js';
import { createOpenAiBackend } from './openai/backend.js';

/** Makes a backend of whatever kind its options name. @throws ModelPoolError `configuration` */
export function createBackend(options: BackendOptions, parts: BackendParts): Backend {
  if ('create' in options) return options.create(parts);
  return options.kind === 'ollama' ? createOllamaBackend(options, parts) : createOpenAiBackend(options, parts);
}
