import { access, constants, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { builtInCatalog, createCatalog, readUserCatalog } from '../../catalog/catalog.js';
import { systemClock } from '../../clock.js';
import { LocalEngineError } from '../../errors.js';
import { systemMemory } from '../../memory/available.js';
import { examineBinaries } from '../../runner/examine-binaries.js';
import { forkRunner } from '../../runner/fork-runner.js';
import { systemDisk } from '../../store/disk.js';
import { readLiveOwner } from '../../store/lock-file.js';
import { placesOf } from '../../store/places.js';
import { readCpuQuota } from '../../threads/quota.js';
import { chooseThreads } from '../../threads/rule.js';
import type { Clock } from '../../types.js';
import type { FolderFacts, MachineFacts, RuntimeFacts } from './facts.js';
import { gatherPort } from './gather-port.js';
import { gatherSources } from './gather-sources.js';
import { gatherStore } from './gather-store.js';

/** What is looked at. */
export interface Examined {
  readonly dataDir: string;
  readonly runnerEntry: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
  /** Limits how long a child, a program and a server may take. @defaultValue the system's */
  readonly clock?: Clock;
}

/** Looks at everything at the same moment; only reads. */
export async function gatherFacts(examined: Examined): Promise<MachineFacts> {
  const { dataDir, environment, host, port, signal, clock = systemClock } = examined;
  const places = placesOf(dataDir);
  const cores = availableParallelism();
  const [runtime, availableBytes, quotaCores, folder, catalogProblem, store, sources, portFacts] = await Promise.all([
    gatherRuntime(examined),
    systemMemory.availableBytes(0),
    readCpuQuota(),
    gatherFolder(dataDir),
    findCatalogProblem(places.catalog),
    gatherStore(places),
    gatherSources(environment, signal, clock),
    gatherPort(host, port, signal, clock),
  ]);
  return {
    node: { version: process.version, platform: process.platform, architecture: process.arch },
    ...{ runtime, folder, catalogProblem, store, sources, port: portFacts },
    memory: { availableBytes },
    threads: { cores, quotaCores, threads: chooseThreads({ cores, quotaCores, wanted: null }) },
  };
}

async function gatherRuntime({ dataDir, runnerEntry, signal, clock = systemClock }: Examined): Promise<RuntimeFacts> {
  const tools = { spawn: forkRunner, entry: runnerEntry, clock };
  try {
    return { binaries: await examineBinaries(tools, join(dataDir, 'runtime'), signal) };
  } catch (error) {
    signal.throwIfAborted();
    const code = LocalEngineError.isInstance(error) ? error.code : 'load-failed';
    return { code, message: error instanceof Error ? error.message : String(error) };
  }
}

async function gatherFolder(path: string): Promise<FolderFacts> {
  const own = await stat(path).catch(() => null);
  const there = await nearestFolder(path);
  return {
    path,
    isThere: own !== null,
    isWritable: await access(there, constants.W_OK | constants.X_OK).then(
      () => own === null || own.isDirectory(),
      () => false,
    ),
    isOpenToOthers: process.platform !== 'win32' && own !== null && (own.mode & 0o077) !== 0,
    freeBytes: await systemDisk.freeBytes(there).catch(() => null),
    heldBy: (await readLiveOwner(placesOf(path).lock))?.pid ?? null,
  };
}

/** The folder itself, or the one above it that exists. */
async function nearestFolder(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const isThere = await stat(at).then(
      () => true,
      () => false,
    );
    if (isThere || at === dirname(at)) return at;
  }
}

async function findCatalogProblem(path: string): Promise<string | null> {
  try {
    createCatalog([...builtInCatalog(), ...(await readUserCatalog(path))]);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
