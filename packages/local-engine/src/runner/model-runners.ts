import { LocalEngineError } from '../errors.js';
import { memorySize } from '../memory/available.js';
import { estimateMemory } from '../memory/estimate.js';
import { chooseEviction } from '../schedule/eviction.js';
import type { Manifest } from '../store/manifests.js';
import type { ModelStore } from '../store/model-store.js';
import { shareThreads } from '../threads/rule.js';
import type { Clock, Logger, MemoryProbe, SpawnRunner } from '../types.js';
import { loadModelChild } from './model-child.js';
import { createModelRunner, type ModelRunner, type RunnerStatus } from './model-runner.js';

/** The runners of all models, and what they share: memory and threads. */
export interface ModelRunners {
  /** The runner of an installed model. */
  of(manifest: Manifest): ModelRunner;
  /** Models that are loaded or on the way. */
  list(): { manifest: Manifest; status: RunnerStatus }[];
  /** Ends a model's child, if it has one. */
  drop(name: string): Promise<void>;
  close(): Promise<void>;
}

/** What runners are made with. */
export interface ModelRunnersOptions {
  readonly store: ModelStore;
  readonly spawn: SpawnRunner;
  readonly runnerEntry: string;
  readonly runtimeDir: string;
  readonly threads: number;
  readonly keepAliveMs: number;
  readonly memory: MemoryProbe;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** See {@link ModelRunners}. */
export function createModelRunners(options: ModelRunnersOptions): ModelRunners {
  const { store, memory, clock, logger } = options;
  const runners = new Map<string, { manifest: Manifest; runner: ModelRunner }>();
  const reserved = new Map<string, number>(); // bytes of models that are being loaded
  const busy = new Set<string>();

  const spreadThreads = () => {
    for (const name of busy) runners.get(name)?.runner.setThreads(shareThreads(options.threads, busy.size));
  };

  /** Unloads idle models until the estimate fits, and reserves it. */
  const makeRoom = async (manifest: Manifest, contextTokens: number, keepAliveMs: number): Promise<void> => {
    const neededBytes = estimateMemory({ bytes: manifest.bytes, ...manifest.gguf }, contextTokens);
    for (;;) {
      const others = [...runners.entries()].filter(([name]) => name !== manifest.name);
      const statuses = others.map(([name, { runner }]) => ({ name, runner, ...runner.status() }));
      const residentBytes = statuses.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
      const reservedBytes = [...reserved.values()].reduce((sum, bytes) => sum + bytes, 0);
      const availableBytes = Math.max(0, (await memory.availableBytes(residentBytes)) - reservedBytes);
      if (availableBytes >= neededBytes) {
        reserved.set(manifest.name, neededBytes);
        return;
      }
      const idle = statuses.filter(({ isIdle, state }) => isIdle && state === 'ready');
      const victim = chooseEviction(idle, keepAliveMs);
      if (victim === null) {
        throw new LocalEngineError(
          'insufficient-memory',
          `model requires more system memory (${memorySize(neededBytes)}) than is available (${memorySize(availableBytes)})`,
          { model: manifest.name, neededBytes, availableBytes, retryable: true },
        );
      }
      logger.info({ model: victim, for: manifest.name }, 'idle model unloaded to make room');
      await runners.get(victim)?.runner.unload({ wait: true });
    }
  };

  const create = (manifest: Manifest): ModelRunner =>
    createModelRunner({
      name: manifest.name,
      clock,
      logger,
      defaultKeepAliveMs: options.keepAliveMs,
      async startChild(contextTokens, keepAliveMs, { signal, onProgress, onCrash }) {
        const modelPath = await store.verified(manifest, signal);
        await makeRoom(manifest, contextTokens, keepAliveMs);
        let kill = () => {};
        try {
          signal.throwIfAborted();
          const process = options.spawn(options.runnerEntry);
          kill = () => process.kill();
          signal.addEventListener('abort', kill, { once: true });
          const startMs = clock.now();
          const child = await loadModelChild({
            process,
            clock,
            load: { type: 'load', modelPath, runtimeDir: options.runtimeDir, contextTokens, threads: options.threads },
            onProgress,
            onCrash,
          });
          logger.info({ model: manifest.name, pid: process.pid, loadMs: clock.now() - startMs }, 'model loaded');
          return child;
        } finally {
          signal.removeEventListener('abort', kill);
          reserved.delete(manifest.name);
        }
      },
      onBusy(isBusy) {
        if (isBusy) busy.add(manifest.name);
        else busy.delete(manifest.name);
        spreadThreads();
      },
    });

  return {
    of(manifest) {
      const known = runners.get(manifest.name);
      if (known?.manifest.digest === manifest.digest) return known.runner;
      void known?.runner.close(); // the name stands for another file now
      const runner = create(manifest);
      runners.set(manifest.name, { manifest, runner });
      return runner;
    },
    list: () =>
      [...runners.values()]
        .map(({ manifest, runner }) => ({ manifest, status: runner.status() }))
        .filter(({ status }) => status.state === 'ready' || status.state === 'loading'),
    async drop(name) {
      const known = runners.get(name);
      runners.delete(name);
      await known?.runner.close();
    },
    async close() {
      await Promise.all([...runners.values()].map(({ runner }) => runner.close()));
      runners.clear();
    },
  };
}
