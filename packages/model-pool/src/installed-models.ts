import { createBackend } from './backends/create-backend.js';
import { ModelPoolError } from './errors.js';
import type { OllamaBackendOptions, OpenAiBackendOptions } from './options.js';
import type { InstalledModel } from './status.js';
import { silentLogger, systemClock } from './system.js';

/** Models that are asked about at the same time. */
const parallel = 4;

/**
 * What is installed on a server, with what a choice of models needs to know of each; a model that the server cannot describe
 * comes as it was listed. `signal` ends the questions.
 *
 * @throws {@link ModelPoolError} `backend-down` where nothing answers, `configuration` where something else does
 */
export async function readInstalledModels(
  options: (OllamaBackendOptions | OpenAiBackendOptions) & { readonly signal?: AbortSignal | undefined },
): Promise<InstalledModel[]> {
  const backend = createBackend(options, {
    name: 'server',
    clock: systemClock,
    connectMs: 2_000,
    logger: silentLogger,
  });
  const signal = options.signal ?? AbortSignal.timeout(10_000);
  const describe = (model: InstalledModel) =>
    backend
      .describe(model, signal)
      .catch((error: unknown) => (ModelPoolError.isInstance(error) ? model : Promise.reject(error)));
  try {
    const listed = await backend.list(signal);
    const models: InstalledModel[] = [];
    for (let from = 0; from < listed.length; from += parallel)
      models.push(...(await Promise.all(listed.slice(from, from + parallel).map(describe))));
    return models;
  } finally {
    await backend.close();
  }
}
