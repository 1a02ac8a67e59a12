import { createOllamaBackend } from './backends/ollama/backend.js';
import { ModelPoolError } from './errors.js';
import type { BackendOptions } from './options.js';
import type { InstalledModel } from './status.js';
import { systemClock } from './system.js';

/**
 * What is installed on a server, with what a choice of models needs to know of each. `signal` ends the questions.
 *
 * @throws {@link ModelPoolError} `backend-down` where nothing answers, `configuration` where something else does
 */
export async function readInstalledModels(
  options: BackendOptions & { readonly signal?: AbortSignal | undefined },
): Promise<InstalledModel[]> {
  const backend = createOllamaBackend('server', options, systemClock, 2_000);
  const signal = options.signal ?? AbortSignal.timeout(10_000);
  try {
    const models: InstalledModel[] = [];
    for (const model of await backend.list(signal)) {
      models.push(
        await backend
          .describe(model, signal)
          .catch((error: unknown) => (ModelPoolError.isInstance(error) ? model : Promise.reject(error))),
      );
    }
    return models;
  } finally {
    await backend.close();
  }
}
