import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageManifest from '../package.json' with { type: 'json' };
import { builtInCatalog, createCatalog, readUserCatalog } from './catalog/catalog.js';
import { parseCatalog } from './catalog/schema.js';
import { checkOptions } from './check-options.js';
import { systemClock } from './clock.js';
import { LocalEngineError } from './errors.js';
import { readOrigins } from './http/door/origins.js';
import { startServer } from './http/server.js';
import { systemMemory } from './memory/available.js';
import { openSeenMemory } from './memory/seen.js';
import { createModelService } from './model-service.js';
import { createPuller } from './pull/puller.js';
import { forkRunner } from './runner/fork-runner.js';
import { inspectFile } from './runner/inspect-file.js';
import { createModelRunners } from './runner/model-runners.js';
import { silentLogger } from './silent-logger.js';
import { systemSources } from './sources/system-sources.js';
import { holdDirectory } from './store/directory-lock.js';
import { systemDisk } from './store/disk.js';
import { openModelStore } from './store/model-store.js';
import { placesOf } from './store/places.js';
import { readCpuQuota } from './threads/quota.js';
import { chooseThreads } from './threads/rule.js';
import type { LocalEngine, LocalEngineOptions } from './types.js';

/** The child's main module as this package is published. */
export function defaultRunnerEntry(): string {
  return fileURLToPath(new URL('./runner/child/main.js', import.meta.url));
}

/**
 * Starts an engine: Ollama's HTTP API on a loopback port, one child process for each loaded model.
 *
 * @throws {@link LocalEngineError} `data-directory-locked`, `invalid-catalog`, `invalid-options`, `port-taken`
 */
export async function createLocalEngine(options: LocalEngineOptions): Promise<LocalEngine> {
  checkOptions(options);
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const spawn = options.spawnRunner ?? forkRunner;
  const runnerEntry = readRunnerEntry(options.runnerEntry);
  const origins = readOrigins(options.origins ?? []);
  if (!options.spawnRunner && !existsSync(runnerEntry)) {
    throw new LocalEngineError(
      'invalid-options',
      `the child's main module ${runnerEntry} does not exist: set runnerEntry`,
    );
  }

  const places = placesOf(options.dataDir);
  const lock = await holdDirectory(places);
  try {
    const catalog = createCatalog([
      ...(options.catalog ? parseCatalog(options.catalog, 'the option catalog') : builtInCatalog()),
      ...(await readUserCatalog(places.catalog)),
    ]);
    const inspect = (path: string, signal?: AbortSignal) =>
      inspectFile({ spawn, entry: runnerEntry, clock }, path, signal);
    const [store, quotaCores, seenMemory] = await Promise.all([
      openModelStore(places, { clock, inspect }),
      readCpuQuota(),
      openSeenMemory(join(options.dataDir, 'memory.json')),
    ]);
    const runners = createModelRunners({
      store,
      spawn,
      runnerEntry,
      runtimeDir: options.runtimeDir ?? join(options.dataDir, 'runtime'),
      threads: chooseThreads({
        cores: availableParallelism(),
        quotaCores,
        wanted: options.threads ?? null,
      }),
      areThreadsFixed: options.threads === 'all',
      slots: options.slots ?? 1,
      usesGpu: options.gpu === 'auto',
      keepAliveMs: options.keepAliveMs ?? 300_000,
      seenMemory,
      memory: options.memory ?? systemMemory,
      clock,
      logger,
    });
    const puller = createPuller({
      store,
      catalog,
      drivers: options.sources ?? systemSources({ clock }),
      disk: options.disk ?? systemDisk,
      clock,
      logger,
    });
    const models = createModelService({ store, catalog, runners, contextTokens: options.contextTokens ?? 4_096 });
    const server = await startServer({
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 11_435,
      token: options.token ?? null,
      origins,
      parts: { models, puller, clock, logger, version: packageManifest.version, createId: randomUUID },
    });
    let closing: Promise<void> | null = null;
    const close = () => {
      closing ??= (async () => {
        await Promise.all([server.close(), puller.close(), runners.close()]);
        await lock.release();
      })();
      return closing;
    };
    return { url: server.url, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function readRunnerEntry(entry: string | URL | undefined): string {
  if (entry === undefined) return defaultRunnerEntry();
  return entry instanceof URL || entry.startsWith('file:') ? fileURLToPath(entry) : entry;
}
