import { join } from 'node:path';
import type { LedgerPort } from '@tale/mcp-transport';
import { createRemotePool } from '@tale/model-pool/remote';
import { createTasks } from '@tale/tasks';
import { createTokenTracker } from '@tale/token-tracker';
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
import { createAcknowledge } from './acknowledge.js';
import { createCallFeed } from './call-feed.js';
import { createEventStream } from './event-stream.js';
import { gatewayRoutes } from './routes.js';
import { createTaskViews } from './task-views.js';
import { gatewayTools } from './tools.js';

/** The table of tasks is the ledger of keyed submits: it outlives this process, and only another prompt is a conflict. */
const taskTable: LedgerPort = { read: async () => null, write: async () => undefined };

/** Submits are many and cheap; a burst of clients is not an attack. */
const submitRate = { perSecond: 2_000, burst: 4_000 };

/** The door for clients: owns the tasks, passes on what the models say about tasks. */
export const composeGateway: Compose = async ({ dataFolder }, supervisor) => {
  const { token, nonce, instance, daemonId } = supervisor;
  const neighbours = neighboursOf(supervisor);
  const stopping = new AbortController();
  const database = openDatabase({ file: join(dataFolder, 'tale.db'), synchronous: 'FULL' });
  await migrateAll(database);

  const nudge = wakeNudge({
    targets: () => neighbours.all('execution'),
    token,
    onFailure: (error) => log.debug({ error }, 'a worker was not woken; it looks by itself each second'),
  });
  const tasks = createTasks({
    kysely: database.kysely,
    writer: groupWriter(database.kysely, reportHealth(supervisor)),
    nudge,
    logger: log,
    ...(daemonId === null ? {} : { daemonId }),
  });
  if (daemonId !== null) await tasks.recover({ daemonId });
  const tracker = createTokenTracker({ kysely: database.kysely, logger: log });
  const pool = createRemotePool({ url: () => neighbours.one('models'), token });
  const feed = createCallFeed(Date.now);
  const unsubscribe = pool.subscribe((event) => {
    if ('requestId' in event && 'labels' in event) feed.push(event);
  });

  const views = createTaskViews(tasks, tracker);
  const acknowledge = createAcknowledge(pool, (error) => log.info({ error }, 'no acknowledgement'));
  const server = await serveHttp({
    name: 'gateway',
    instance,
    nonce,
    token,
    port: supervisor.port,
    tools: [...gatewayTools({ tasks, views, acknowledge, now: Date.now }), nudge.tool],
    limits: { default: submitRate },
    idempotency: taskTable,
    health: remoteResidency(pool, Date.now),
    routes: gatewayRoutes({
      tasks,
      views,
      tracker,
      events: createEventStream({ tasks, feed, stopping: stopping.signal }),
      now: Date.now,
    }),
  });
  return {
    url: server.url,
    async stop(request) {
      stopping.abort();
      unsubscribe();
      await server.close(request);
      await tasks.close();
      await nudge[Symbol.asyncDispose]();
      await tracker.close();
      await pool.close();
      database.sqlite.pragma('wal_checkpoint(TRUNCATE)');
      await database.close();
    },
  };
};
