import { join } from 'node:path';
import { memoryBudget, readMemory } from '@tale/model-pool';
import { createPoolHandler } from '@tale/model-pool/server';
import { createTokenTracker } from '@tale/token-tracker';
import { log } from '../server/log.js';
import { neighboursOf } from '../server/neighbours.js';
import type { Compose } from '../server/run-server.js';
import { serveHttp } from '../server/serve-http.js';
import { ServerError } from '../server/server-error.js';
import { migrateAll } from '../storage/migrate-all.js';
import { openDatabase } from '../storage/open-database.js';
import { createChooseModels } from './choose-models.js';
import { localEngineSource } from './local-engine-source.js';
import { ollamaSource } from './ollama-source.js';
import { createPoolOwner } from './pool-owner.js';
import { setupRoutes } from './routes.js';
import { createSetup } from './setup.js';

const recoverEveryMs = 30_000;

/** The one owner of the models: chooses and fetches them, then answers and counts every call. */
export const composeModels: Compose = async ({ dataFolder, settings }, supervisor) => {
  const { token, nonce, instance } = supervisor;
  const neighbours = neighboursOf(supervisor);
  const stopping = new AbortController();
  // A power cut may lose the last counts, never more; tasks and checkpoints are written elsewhere with FULL.
  const database = openDatabase({ file: join(dataFolder, 'tale.db'), synchronous: 'NORMAL' });
  await migrateAll(database);
  const tracker = createTokenTracker({ kysely: database.kysely, sqlite: database.sqlite, logger: log });
  const recover = () =>
    tracker.recover().catch((error: unknown) => log.warn({ error }, 'open calls were not recovered'));
  await recover();
  const recovery = setInterval(recover, recoverEveryMs);

  const budgetBytes = async () => memoryBudget(await readMemory()).bytes;
  const ollama = ollamaSource({ url: settings.ollama.url, budgetBytes, now: Date.now });
  const localEngine = localEngineSource({
    dataDir: join(dataFolder, 'local-engine'),
    url: (signal) => neighbours.whenReady('local-engine', signal),
    token,
    budgetBytes,
    now: Date.now,
  });
  const sources = process.env.TALE_LOCAL_ENGINE === '1' ? [ollama, localEngine] : [ollama];
  const setup = createSetup(createChooseModels(settings.models, sources, nothingToUse));
  const owner = createPoolOwner(setup, {
    gate: tracker,
    logger: log,
    maxOutputTokens: settings.models.maxOutputTokens,
  });
  // The small model is loaded before anybody asks.
  owner.pool().catch((error: unknown) => log.error({ error }, 'no model can be had yet'));

  const server = await serveHttp({
    name: 'models',
    instance,
    nonce,
    token,
    port: supervisor.port,
    routes: setupRoutes(setup, () => void owner.pool().catch(() => undefined), stopping.signal),
    otherwise: async (request, response) => createPoolHandler(await owner.pool(), { logger: log })(request, response),
  });
  return {
    url: server.url,
    async stop(request) {
      stopping.abort();
      setup.close();
      clearInterval(recovery);
      await server.close(request);
      await owner.close();
      await tracker.close();
      await database.close();
    },
  };
};

function nothingToUse(tried: readonly string[]): ServerError {
  return new ServerError('models-unavailable', `No model can be had. Tried: ${tried.join('; ')}.`, {
    hint: 'Start Ollama with a model that fits the memory, or stop it: then tale runs its own.',
    retryable: true,
    details: { tried: [...tried] },
  });
}
