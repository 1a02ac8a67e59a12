import { join, resolve } from 'node:path';
import { ensureFolder, openConfig, resolveFolders } from '@tale/config';
import { settingsSchema } from '@tale/protocol';
import { createSupervisor, loadOrCreateToken, type Supervisor } from '@tale/supervisor';
import { ulid } from 'ulid';
import { log } from '../server/log.js';
import { checkModelSources } from './check-model-sources.js';
import { startControl } from './control.js';
import { databaseLock } from './database-lock.js';
import { needsLocalEngine } from './needs-local-engine.js';
import { lateServers, serverSpecs } from './server-specs.js';
import type { Starter } from './starter.js';

export interface RunSupervisorOptions {
  /** Path of a server's main module. */
  readonly entry: (name: string) => string;
  readonly starter: Starter;
}

/** Starts every server and stays until it is told to stop. Resolves when all are ready that a task needs; the others follow. */
export async function runSupervisor({ entry, starter }: RunSupervisorOptions): Promise<void> {
  const folders = resolveFolders();
  if (process.env.TALE_HOME) await ensureFolder(resolve(process.env.TALE_HOME));
  for (const folder of [folders.config, folders.data, folders.state]) await ensureFolder(folder);
  await using config = await openConfig({ schema: settingsSchema, name: 'tale', folders });
  const settings = config.values;
  checkModelSources(process.env);
  const token = loadOrCreateToken(folders.data);
  const daemonId = ulid();
  const lock = databaseLock(join(folders.data, 'lock.db'));
  const release = await lock.acquire(); // before anything is started or written that belongs to the one supervisor

  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= (async () => {
      await supervisor.close();
      await control.close();
      process.exit(0);
    })();
  };
  const control = await startControl({ supervisor: () => supervisor, token, daemonId, stop });
  const supervisor: Supervisor = createSupervisor({
    servers: serverSpecs({
      settings,
      folders,
      entry,
      isPortGiven: (key) => config.explain(key).layer !== 'default',
      withLocalEngine: settings.openai.url === null && (await needsLocalEngine(settings.ollama.url)),
      env: process.env,
    }),
    folder: folders.data,
    logFolder: join(folders.state, 'logs'),
    lock: { acquire: () => release },
    daemonId,
    token,
    listed: [control.entry],
    logger: log,
  });
  supervisor.events.on('server-state', (status) => starter.state(status));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // A second signal cuts the drain short, as a second stop does.
      if (stopping) void supervisor.stop();
      stop();
    });
  }
  try {
    const names = supervisor.status().map(({ name }) => name);
    await supervisor.start(names.filter((name) => !lateServers.includes(name)));
  } catch (error) {
    await supervisor.close();
    await control.close();
    throw error;
  }
  // Its state shows how it goes; whoever needs one of them waits for it.
  supervisor.start(lateServers).catch((error: unknown) => log.warn({ error }, 'a server did not start'));
  starter.ready();
}
