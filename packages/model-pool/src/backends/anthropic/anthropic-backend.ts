import type { BackendFactory } from '../backend.js';
import { createAnthropicBackend } from './backend.js';
import type { AnthropicBackendOptions } from './options.js';

/**
 * Claude as a backend of a pool: `backends: { claude: anthropicBackend({ apiKey }) }`. It needs the package
 * `@anthropic-ai/sdk`, which is loaded with the first request.
 *
 * Requests are fitted to their model. `temperature`, `topP` and `seed` are not sent, because the API has none of them.
 * `format` with a schema is a structured output, whose objects are closed and whose limits of numbers and lengths are only
 * told to the model; `json` is only asked for. A tool that must be called is only asked for where the model cannot be made
 * to. Thinking is summarised; a model that always thinks does so with a low effort where it should not.
 */
export function anthropicBackend(options: AnthropicBackendOptions): BackendFactory {
  return { kind: 'anthropic', create: (parts) => createAnthropicBackend(options, parts) };
}
