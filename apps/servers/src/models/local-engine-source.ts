import {
  builtInCatalog,
  firstRunCandidates,
  installRuntime,
  LocalEngineError,
  pullFirstRunPair,
} from '@tale/local-engine';
import { readInstalledModels } from '@tale/model-pool';
import { ServerError } from '../server/server-error.js';
import { adviseBetterModels } from './better-models.js';
import type { ChoiceRequest, ModelSource } from './choose-models.js';
import { downloadProgress } from './download-progress.js';
import { isSameModel, largestBeside, withContext } from './model-name.js';

export interface LocalEngineSourceOptions {
  /** Its data directory. */
  readonly dataDir: string;
  /** Address of the running engine, once it is there. */
  readonly url: (signal: AbortSignal) => Promise<string>;
  readonly token: string;
  readonly budgetBytes: () => Promise<number>;
  readonly now: () => number;
}

/** Name of its backend. */
export const engineName = 'local';

/** tale's own model server: its runtime, and the first-run pair or the configured models. */
export function localEngineSource({
  dataDir,
  url: whenReady,
  token,
  budgetBytes,
  now,
}: LocalEngineSourceOptions): ModelSource {
  async function prepareRuntime({ report, signal }: ChoiceRequest): Promise<void> {
    const follow = downloadProgress('llama.cpp', report, now, 'runtime');
    await installRuntime({
      dataDir,
      signal,
      onProgress: ({ phase, doneBytes, totalBytes }) => {
        const status = phase === 'wait' ? 'another process installs the runtime' : 'installing the runtime';
        follow(status, doneBytes, totalBytes);
      },
    });
  }

  return {
    async choose(request) {
      const { settings, report, signal, tried } = request;
      const url = await whenReady(signal);
      const unlessAborted = (error: unknown): never => {
        signal.throwIfAborted();
        throw unavailable(error, tried);
      };
      await prepareRuntime(request).catch(unlessAborted);
      const usual = firstRunCandidates();
      const candidates = {
        ux: settings.ux ?? usual.ux,
        planning: settings.planning === null ? usual.planning : [settings.planning],
      };
      const follow = new Map<string, ReturnType<typeof downloadProgress>>();
      const pair = await pullFirstRunPair({
        url,
        token,
        signal,
        candidates,
        onProgress(model, { status, completed, total }) {
          const followModel = follow.get(model) ?? downloadProgress(model, report, now);
          follow.set(model, followModel);
          followModel(status, completed ?? null, total ?? null);
        },
      }).catch(unlessAborted);
      for (const role of ['ux', 'planning'] as const) {
        const wanted = settings[role];
        if (wanted === null || isSameModel(wanted, pair[role])) continue;
        const failure = pair.failures.find(({ model }) => model === wanted);
        throw new ServerError(
          'model-missing',
          `The configured model ${wanted} cannot be had: ${failure?.message ?? ''}`,
          {
            hint: `one of: ${known()}; or a file: local-engine add <file.gguf>`,
            details: { model: wanted, attempts: [...(failure?.attempts ?? [])] },
          },
        );
      }
      const installed = await readInstalledModels({ kind: 'ollama', url, token, signal });
      const choose = (model: string) =>
        withContext(
          model,
          installed.find((entry) => isSameModel(entry.model, model)),
        );
      const ux = choose(pair.ux);
      const usualPlanning = choose(pair.planning);
      const isConfigured = settings.ux !== null || settings.planning !== null;
      const planning = settings.planning
        ? usualPlanning
        : largestBeside(ux, usualPlanning, installed, await budgetBytes());
      const backend = { name: engineName, options: { kind: 'ollama', url, token } } as const;
      if (isConfigured) return { backend, ux, planning, reason: 'as configured', hint: null };
      if (planning !== usualPlanning) return { backend, ux, planning, reason: 'the largest that fits', hint: null };
      const reason = 'no Ollama answers; these are small enough to be fetched unasked';
      const hint = adviseBetterModels(builtInCatalog(), pair.failures, new Set(follow.keys()));
      return { backend, ux, planning, reason, hint };
    },
  };
}

/** Names of the models that the engine fetches. */
export const catalogueNames = (): readonly string[] => builtInCatalog().map(({ name }) => name);

const known = () => catalogueNames().join(', ');

function unavailable(error: unknown, tried: readonly string[]): ServerError {
  if (!LocalEngineError.isInstance(error)) throw error;
  const attempts = error.attempts.map(({ source, message }) => `${source}: ${message}`);
  const all = [...tried, ...(attempts.length > 0 ? attempts : [error.message])];
  if (error.code === 'disk-full') {
    return new ServerError('disk-full', error.message, {
      cause: error,
      hint: 'Free some space, then submit again.',
      details: { neededBytes: error.neededBytes, availableBytes: error.availableBytes },
    });
  }
  return new ServerError('models-unavailable', `No model can be had. Tried: ${all.join('; ')}.`, {
    cause: error,
    hint:
      'Check the network and submit again; or start Ollama; or bring a file: local-engine add <file.gguf>, then set models.planning to its name. ' +
      'TALE_MODEL_SOURCES=pypi,npm,file narrows where models come from.',
    retryable: true,
    details: { tried: all },
  });
}
