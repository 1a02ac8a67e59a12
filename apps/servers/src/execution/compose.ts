import { join } from 'node:path';
import { createCheckpoints } from '@tale/checkpoints';
import { createContext } from '@tale/context';
import { createRemotePool } from '@tale/model-pool/remote';
import { createTasks } from '@tale/tasks';
import { ulid } from 'ulid';
import { wakeNudge } from '../nudge/wake-nudge.js';
import { log } from '../server/log.js';
import { neighboursOf } from '../server/neighbours.js';
import { remoteResidency } from '../server/remote-residency.js';
import type { Compose } from '../server/run-server.js';
import { serveHttp } from '../server/serve-http.js';
import { groupWriter } from '../storage/group-writer.js';
import { migrateAll } from '../storage/migrate-all.js';
import { openDatabase } from '../storage/open-database.js';
import { reportHealth } from '../storage/report-health.js';
import { createPlanningWindow } from './planning-window.js';
import { promptCounter } from './prompt-counter.js';
import { createPromptTask } from './prompt-task.js';
import { createTaskMemory } from './task-memory.js';

/** Runs tasks: claims them from the queue, calls the models, stores checkpoints and results. */
export const composeExecution: Compose = async ({ dataFolder, settings }, supervisor) => {
  const { token, nonce, instance, daemonId } = supervisor;
  const name = `execution-${instance}`;
  const neighbours = neighboursOf(supervisor);
  const database = openDatabase({ file: join(dataFolder, 'tale.db'), synchronous: 'FULL' });
  await migrateAll(database);
  const writer = groupWriter(database.kysely, reportHealth(supervisor));
  const nudge = wakeNudge({
    targets: () => neighbours.all('gateway'),
    token,
    onFailure: (error) => log.debug({ error }, 'the gateway was not woken; it looks by itself each second'),
  });
  const tasks = createTasks({
    kysely: database.kysely,
    writer,
    nudge,
    logger: log,
    ...(daemonId === null ? {} : { daemonId }),
  });
  // Leases that an earlier process of this very server held are void: it is gone.
  await tasks.recover({ server: name });
  const checkpoints = createCheckpoints({ kysely: database.kysely, writer });
  checkpoints.events.on('thread-damaged', (damage) =>
    log.error(damage, 'a checkpoint is damaged; an earlier one is used'),
  );
  const pool = createRemotePool({ url: () => neighbours.one('models'), token });

  // Reads what is remembered; what is remembered is written by others.
  const countTokens = promptCounter(pool);
  const context = createContext({ kysely: database.kysely, writer, logger: log, countTokens });
  const memory = createTaskMemory({ recall: context.recall, logger: log, after });

  const runPrompt = createPromptTask({
    pool,
    checkpoints,
    memory,
    windows: context.window,
    planningWindow: createPlanningWindow({ pool, now: Date.now }),
    createId: ulid,
    maxOutputTokens: settings.models.maxOutputTokens,
    modelsReady: async (signal) => void (await neighbours.whenReady('models', signal)),
  });
  const worker = tasks.work({ slots: settings.execution.slots, kinds: ['prompt'], server: name }, runPrompt);
  const residency = remoteResidency(pool, Date.now);
  const server = await serveHttp({
    name: 'execution',
    instance,
    nonce,
    token,
    port: supervisor.port,
    tools: [nudge.tool],
    health: async () => ({ ...(await residency()), recall: memory.counts() }),
    routes: [],
  });
  return {
    url: server.url,
    async stop({ drainMs, signal }) {
      await worker.close({ graceMs: drainMs, signal });
      await server.close({ drainMs: 0 });
      await tasks.close();
      await context.close();
      await nudge[Symbol.asyncDispose]();
      await pool.close();
      await database.close();
    },
  };
};

function after(delayMs: number, callback: () => void): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
