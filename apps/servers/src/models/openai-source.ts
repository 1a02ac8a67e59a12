import { type InstalledModel, ModelPoolError, readInstalledModels } from '@tale/model-pool';
import { ServerError } from '../server/server-error.js';
import type { ModelSource } from './choose-models.js';
import { withContext } from './model-name.js';
import type { ChosenModel } from './setup.js';

export interface OpenAiSourceOptions {
  readonly url: string;
  readonly apiKey: string | null;
}

/** A server with OpenAI's API that the configuration names: llama-server, vLLM, LM Studio. Its models are what it serves. */
export function openAiSource({ url, apiKey }: OpenAiSourceOptions): ModelSource {
  const options = { kind: 'openai', url, ...(apiKey === null ? {} : { apiKey }) } as const;

  async function read(signal: AbortSignal): Promise<InstalledModel[]> {
    try {
      return await readInstalledModels({ ...options, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!ModelPoolError.isInstance(error)) throw error;
      // It was asked for by name: another server instead of it would be a surprise.
      throw new ServerError('models-unavailable', `The server at ${url} does not answer: ${error.message}.`, {
        cause: error,
        hint: 'Start it, or take openai.url out of the configuration.',
        retryable: true,
      });
    }
  }

  return {
    async choose({ settings, report, signal }) {
      const nothing = { completedBytes: null, totalBytes: null, etaMs: null };
      report({ ...nothing, phase: 'probe', name: 'openai', message: `asking ${url} for its models` });
      const served = await read(signal);
      const usual = served.filter(({ capabilities }) => capabilities?.includes('completion') ?? true);
      const [first] = [...usual].sort((a, b) => a.bytes - b.bytes);
      const last = [...usual].sort((a, b) => b.bytes - a.bytes)[0];
      if (first === undefined || last === undefined) {
        throw new ServerError('models-unavailable', `The server at ${url} serves no model that answers with text.`, {
          hint: 'Load a model there, or take openai.url out of the configuration.',
          retryable: true,
        });
      }
      const ux = find(url, settings.ux, served) ?? serve(first);
      const planning = find(url, settings.planning, served) ?? serve(last);
      return { backend: { name: 'openai', options }, ux, planning, reason: 'as configured by openai.url', hint: null };
    },
  };
}

/** Its context is what the server runs it with. */
function serve(model: InstalledModel): ChosenModel {
  return { model: model.model, contextTokens: model.contextTokens ?? withContext(model.model, model).contextTokens };
}

function find(url: string, name: string | null, served: readonly InstalledModel[]): ChosenModel | null {
  if (name === null) return null;
  const found = served.find(({ model }) => model === name);
  if (found) return serve(found);
  throw new ServerError('model-missing', `The configured model ${name} is not served at ${url}.`, {
    hint: `one of: ${served.map(({ model }) => model).join(', ')}`,
    details: { model: name },
  });
}
