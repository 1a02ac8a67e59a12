import { join } from 'node:path';
import { openSecrets } from '@tale/config';
import { type ModelPool, memoryBudget, readMemory } from '@tale/model-pool';
import { createPoolHandler, type PoolHandler } from '@tale/model-pool/server';
import type { Settings } from '@tale/protocol';
import { createTokenTracker, type TokenTracker } from '@tale/token-tracker';
import { log } from '../server/log.js';
import { neighboursOf } from '../server/neighbours.js';
import type { Compose } from '../server/run-server.js';
import { serveHttp } from '../server/serve-http.js';
import { ServerError } from '../server/server-error.js';
import { migrateAll } from '../storage/migrate-all.js';
import { openDatabase } from '../storage/open-database.js';
import { createChooseModels } from './choose-models.js';
import { type CloudBudget, claudeFacts, createCloudBudget } from './cloud-budget.js';
import { claudeModel } from './cloud-model.js';
import { fileRecord } from './decision-record.js';
import { catalogueNames, engineName, localEngineSource } from './local-engine-source.js';
import { fileEstimates } from './memory-estimates.js';
import { ollamaSource } from './ollama-source.js';
import { openAiSource } from './openai-source.js';
import { createPoolOwner } from './pool-owner.js';
import { refusalBody } from './refusal-body.js';
import { residencyFacts } from './residency-facts.js';
import { explainRoute, pullableRoute, setupRoutes } from './routes.js';
import { createSetup } from './setup.js';

const recoverEveryMs = 30_000;

/** The one owner of the models: chooses and fetches them, then answers and counts every call. */
export const composeModels: Compose = async ({ dataFolder, configFolder, settings }, supervisor) => {
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
  const secrets = configFolder === null ? null : openSecrets({ folder: configFolder });
  const named = settings.openai.url;
  const local = process.env.TALE_LOCAL_ENGINE === '1' ? [ollama, localEngine] : [ollama];
  const sources =
    named === null ? local : [openAiSource({ url: named, apiKey: (await secrets?.read('openai')) ?? null })];
  const setup = createSetup(createChooseModels(settings.models, sources, nothingToUse));
  const budget = claudeBudget(tracker, settings.claude);
  const apiKey = (await secrets?.read('anthropic')) ?? null;
  const { model, url: baseUrl } = settings.claude;
  const record = fileRecord({ folder: dataFolder, now: Date.now, logger: log });
  const owner = createPoolOwner(setup, {
    gate: budget.counting(tracker),
    record,
    logger: log,
    maxOutputTokens: settings.models.maxOutputTokens,
    memory: {
      budget: settings.models.memoryBytes ?? 'auto',
      estimates: fileEstimates(join(dataFolder, 'model-memory.json')),
    },
    residency: { swap: settings.models.swap },
    cloud: apiKey === null ? null : claudeModel({ apiKey, model, baseUrl, budget }),
  });
  // The small model is loaded before anybody asks.
  owner.pool().catch((error: unknown) => log.error({ error }, 'no model can be had yet'));

  let served: { readonly pool: ModelPool; readonly handle: PoolHandler } | null = null;
  const handlerOf = (pool: ModelPool) => {
    if (served?.pool !== pool) served = { pool, handle: createPoolHandler(pool, { logger: log }) };
    return served.handle;
  };
  const server = await serveHttp({
    name: 'models',
    instance,
    nonce,
    token,
    port: supervisor.port,
    routes: [
      ...setupRoutes(setup, () => void owner.pool().catch(() => undefined), stopping.signal),
      explainRoute(record),
      pullableRoute(async () => ((await setup.choice()).backend.name === engineName ? catalogueNames() : null)),
    ],
    health: async () => {
      const pool = owner.present();
      return {
        residency: pool === null ? null : residencyFacts(pool.status()),
        claude: apiKey === null ? null : await claudeFacts(budget),
      };
    },
    errorBody: refusalBody,
    otherwise: async (request, response) => handlerOf(await owner.pool())(request, response),
  });
  return {
    url: server.url,
    async stop(request) {
      stopping.abort();
      setup.close();
      clearInterval(recovery);
      await server.close(request);
      await owner.close();
      await record.close();
      await tracker.close();
      await database.close();
    },
  };
};

function claudeBudget(tracker: TokenTracker, { model, dailyTokens }: Settings['claude']): CloudBudget {
  return createCloudBudget({
    provider: 'anthropic',
    dailyTokens,
    now: Date.now,
    async usedSince(sinceMs) {
      const { rows } = await tracker.report({ by: 'model', sinceMs });
      return rows
        .filter(({ group }) => group.model === model)
        .reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
    },
    onAlert: (view) => log.warn({ ...view }, 'the daily tokens of the Claude API are running out'),
  });
}

function nothingToUse(tried: readonly string[]): ServerError {
  return new ServerError('models-unavailable', `No model can be had. Tried: ${tried.join('; ')}.`, {
    hint: 'Start Ollama with a model that fits the memory, or stop it: then tale runs its own.',
    retryable: true,
    details: { tried: [...tried] },
  });
}
