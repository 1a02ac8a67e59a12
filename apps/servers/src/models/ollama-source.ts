import {
  chooseModels,
  createModelPool,
  type InstalledModel,
  ModelPoolError,
  readInstalledModels,
} from '@tale/model-pool';
import { ServerError } from '../server/server-error.js';
import type { ChoiceRequest, ModelSource } from './choose-models.js';
import { downloadProgress } from './download-progress.js';
import { isSameModel, withContext } from './model-name.js';
import type { ChosenModel, ModelChoice } from './setup.js';

export interface OllamaSourceOptions {
  readonly url: string;
  readonly budgetBytes: () => Promise<number>;
  readonly now: () => number;
}

/** What Ollama is asked for when it answers and has no model. */
const firstModel = 'qwen2.5:0.5b';

/** The models of an Ollama that runs here: by the ladder, or as configured. */
export function ollamaSource({ url, budgetBytes, now }: OllamaSourceOptions): ModelSource {
  const read = async (signal: AbortSignal): Promise<readonly InstalledModel[] | null> => {
    try {
      return await readInstalledModels({ kind: 'ollama', url, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (ModelPoolError.isInstance(error)) return null;
      throw error;
    }
  };

  async function fetchFirst({ report, signal, tried }: ChoiceRequest): Promise<void> {
    const follow = downloadProgress(firstModel, report, now);
    await using pool = createModelPool({ backends: { ollama: { kind: 'ollama', url } }, models: {}, roles: {} });
    try {
      await pool.pull(firstModel, {
        signal,
        backend: 'ollama',
        onProgress: ({ status, completedBytes, totalBytes }) => follow(status, completedBytes, totalBytes),
      });
    } catch (error) {
      signal.throwIfAborted();
      tried.push(`Ollama could not fetch ${firstModel} (${error instanceof Error ? error.message : String(error)})`);
    }
  }

  return {
    async choose(request) {
      const { settings, report, signal, tried } = request;
      const nothing = { completedBytes: null, totalBytes: null, etaMs: null };
      report({ ...nothing, phase: 'probe', name: 'ollama', message: `looking for Ollama at ${url}` });
      let installed = await read(signal);
      if (!installed) {
        tried.push(`Ollama does not answer at ${url}`);
        return null;
      }
      if (installed.length === 0) {
        await fetchFirst(request);
        installed = (await read(signal)) ?? [];
        if (installed.length === 0) return null;
      }
      const named = { ux: find(settings.ux, installed), planning: find(settings.planning, installed) };
      const chosen = chooseModels({ budgetBytes: await budgetBytes(), available: installed });
      const ux = named.ux ?? chosen?.ux;
      const planning = named.planning ?? chosen?.planning;
      if (!ux || !planning) {
        tried.push(`none of Ollama's ${installed.length} models fits the memory`);
        return null;
      }
      const why = named.ux || named.planning ? 'as configured' : 'the best of what Ollama has that fits the memory';
      return choiceOf(url, ux, planning, why);
    },
  };
}

function choiceOf(url: string, ux: ChosenModel, planning: ChosenModel, why: string): ModelChoice {
  return { backend: { name: 'ollama', options: { kind: 'ollama', url } }, ux, planning, reason: why, hint: null };
}

function find(model: string | null, installed: readonly InstalledModel[]): ChosenModel | null {
  if (model === null) return null;
  const found = installed.find((entry) => isSameModel(entry.model, model));
  if (found) return withContext(found.model, found);
  throw new ServerError('model-missing', `The configured model ${model} is not on Ollama.`, {
    hint: `ollama pull ${model}, or one of: ${installed.map((entry) => entry.model).join(', ')}`,
    details: { model },
  });
}
