import { join } from 'node:path';
import { createContext } from '@tale/context';
import { createRemotePool } from '@tale/model-pool/remote';
import { log } from '../server/log.js';
import { neighboursOf } from '../server/neighbours.js';
import { remoteResidency } from '../server/remote-residency.js';
import type { Compose } from '../server/run-server.js';
import { serveHttp } from '../server/serve-http.js';
import { groupWriter } from '../storage/group-writer.js';
import { migrateAll } from '../storage/migrate-all.js';
import { openDatabase } from '../storage/open-database.js';
import { reportHealth } from '../storage/report-health.js';
import { conversationsTool } from './conversations-tool.js';
import { idleSummaries } from './idle-summaries.js';
import { memoryTool } from './memory-tool.js';
import { uxAgentRoutes } from './routes.js';
import { smallModelWriter } from './small-model-writer.js';

/** An import of half a gigabyte may take a while to arrive. */
const transferMs = 1_800_000;

/** Owns the conversations and what is remembered of them. */
export const composeUxAgent: Compose = async ({ dataFolder }, supervisor) => {
  const { token, nonce, instance } = supervisor;
  const neighbours = neighboursOf(supervisor);
  const stopping = new AbortController();
  const { signal } = stopping;
  const database = openDatabase({ file: join(dataFolder, 'tale.db'), synchronous: 'FULL' });
  await migrateAll(database);
  const { kysely, sqlite } = database;
  const pool = createRemotePool({ url: () => neighbours.one('models'), token });
  const context = createContext({
    kysely,
    sqlite,
    writer: groupWriter(kysely, reportHealth(supervisor)),
    generate: smallModelWriter(pool),
    logger: log,
  });
  // Deletions that a crash has interrupted go on beside what comes in.
  const recovered = context.recover({ signal }).catch((error: unknown) => {
    if (!signal.aborted) log.error({ error }, 'what a crash interrupted was not ended; the next start tries again');
  });
  const summaries = idleSummaries({
    summaries: context.summaries,
    isReady: () => neighbours.all('models').length > 0,
    onFailure: (error) => log.warn({ error }, 'summaries were not written'),
  });
  const server = await serveHttp({
    name: 'ux-agent',
    instance,
    nonce,
    token,
    port: supervisor.port,
    tools: [memoryTool(context, signal), conversationsTool(context, signal)],
    routes: uxAgentRoutes(context, signal),
    requestMs: transferMs,
    health: remoteResidency(pool, Date.now),
  });
  return {
    url: server.url,
    async stop(request) {
      const closed = server.close(request);
      await summaries.close();
      await closed;
      stopping.abort();
      await recovered;
      await context.close();
      await pool.close();
      await database.close();
    },
  };
};
