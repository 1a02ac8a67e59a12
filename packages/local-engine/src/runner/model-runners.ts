import { LocalEngineError } from '../errors.js';
import { canEverFit, neededBytes, roomBytes } from '../memory/admission.js';
import { memorySize } from '../memory/available.js';
import { defaultBatchTokens, estimateMemory, type LoadSize } from '../memory/estimate.js';
import type { SeenMemory } from '../memory/seen.js';
import { chooseEviction } from '../schedule/eviction.js';
import type { Manifest } from '../store/manifests.js';
import type { ModelStore } from '../store/model-store.js';
import { shareThreads } from '../threads/rule.js';
import type { Clock, Logger, MemoryProbe, SpawnRunner } from '../types.js';
import type { LoadPlan } from './load-plan.js';
import { loadModelChild, type ModelChild } from './model-child.js';
import { createModelRunner, type ModelRunner, type ModelRunnerOptions, type RunnerStatus } from './model-runner.js';
import { type Devices, probeDevices } from './probe-devices.js';

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
  /** Whether all threads are used, whatever is measured. */ readonly areThreadsFixed: boolean;
  /** Calls that one model answers at the same time. */ readonly slots: number;
  /** Whether a GPU is used where there is one. */ readonly usesGpu: boolean;
  readonly keepAliveMs: number;
  readonly memory: MemoryProbe;
  readonly seenMemory: SeenMemory;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** See {@link ModelRunners}. */
export function createModelRunners(options: ModelRunnersOptions): ModelRunners {
  const { store, memory, seenMemory, clock, logger, slots } = options;
  const runners = new Map<string, { manifest: Manifest; runner: ModelRunner }>();
  const reserved = new Map<string, number>(); // bytes of models that are being loaded
  const busy = new Set<ModelRunner>();

  const spreadThreads = () => {
    for (const runner of busy) runner.setThreads(shareThreads(options.threads, busy.size));
  };

  /** Unloads idle models until the model fits, and reserves what it needs. */
  const makeRoom = async (
    manifest: Manifest,
    size: LoadSize,
    keepAliveMs: number,
    devices: Devices | null,
  ): Promise<void> => {
    const estimated = estimateMemory({ bytes: manifest.bytes, ...manifest.gguf }, size);
    const needed = neededBytes(estimated, seenMemory.find(manifest.digest, size));
    for (;;) {
      const others = [...runners.entries()].filter(([name]) => name !== manifest.name);
      const statuses = others.map(([name, { runner }]) => ({ name, runner, ...runner.status() }));
      const residentBytes = statuses.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
      const room = roomBytes({ availableBytes: await memory.availableBytes(residentBytes), devices });
      // Nothing is awaited from here to the reservation: two loads at once must see each other's.
      const reservedBytes = [...reserved.values()].reduce((sum, bytes) => sum + bytes, 0);
      const availableBytes = Math.max(0, room - reservedBytes);
      if (availableBytes >= needed) {
        reserved.set(manifest.name, needed);
        return;
      }
      const idle = statuses.filter(({ isIdle, state }) => isIdle && state === 'ready');
      const victim = chooseEviction(idle, keepAliveMs);
      const ending = victim === null ? statuses.filter(({ state }) => state === 'stopping') : [];
      if (ending.length > 0) {
        await Promise.all(ending.map(({ runner }) => runner.stopped())); // they still hold their memory
        continue;
      }
      if (victim === null) {
        const retryable = canEverFit(needed, (await memory.mostBytes?.()) ?? null, devices);
        throw new LocalEngineError(
          'insufficient-memory',
          `model requires more system memory (${memorySize(needed)}) than is available (${memorySize(availableBytes)})`,
          { model: manifest.name, neededBytes: needed, availableBytes, retryable },
        );
      }
      logger.info({ model: victim, for: manifest.name }, 'idle model unloaded to make room');
      await runners.get(victim)?.runner.unload({ wait: true });
    }
  };

  const startChild = async (
    manifest: Manifest,
    plan: LoadPlan,
    keepAliveMs: number,
    { signal, onProgress, onCrash }: Parameters<ModelRunnerOptions['startChild']>[2],
  ): Promise<ModelChild> => {
    const { runtimeDir, threads, areThreadsFixed, usesGpu } = options;
    const modelPath = await store.verified(manifest, signal);
    signal.throwIfAborted();
    const gpuLayers = usesGpu ? plan.gpuLayers : 0;
    const size = {
      ...{ contextTokens: plan.contextTokens, slots },
      batchTokens: plan.batchTokens ?? (gpuLayers === 0 ? defaultBatchTokens.cpu : defaultBatchTokens.gpu),
    };
    let process = gpuLayers === 0 ? null : options.spawn(options.runnerEntry);
    const kill = () => process?.kill();
    signal.addEventListener('abort', kill, { once: true });
    try {
      const devices = process && (await probeDevices(process, { clock, runtimeDir, threads }));
      await makeRoom(manifest, size, keepAliveMs, devices);
      signal.throwIfAborted();
      process ??= options.spawn(options.runnerEntry);
      const startMs = clock.now();
      let peakBytes = () => 0;
      const note = () => {
        if (peakBytes() > 0) seenMemory.note(manifest.digest, size, peakBytes());
      };
      const child = await loadModelChild({
        ...{ name: manifest.name, process, clock, onProgress },
        load: { type: 'load', modelPath, runtimeDir, threads, areThreadsFixed, gpuLayers, ...size },
        onCrash(reason) {
          note();
          onCrash(reason);
        },
      });
      peakBytes = () => child.peakBytes() + child.vramBytes;
      logger.info({ model: manifest.name, pid: process.pid, loadMs: clock.now() - startMs }, 'model loaded');
      return {
        ...child,
        stop() {
          note();
          return child.stop();
        },
      };
    } catch (error) {
      process?.kill();
      throw error;
    } finally {
      signal.removeEventListener('abort', kill);
      reserved.delete(manifest.name);
    }
  };

  const create = (manifest: Manifest): ModelRunner => {
    const runner = createModelRunner({
      ...{ name: manifest.name, clock, logger, slots, defaultKeepAliveMs: options.keepAliveMs },
      startChild: (plan, keepAliveMs, events) => startChild(manifest, plan, keepAliveMs, events),
      onBusy(isBusy) {
        if (isBusy) busy.add(runner);
        else busy.delete(runner);
        spreadThreads();
      },
    });
    return runner;
  };

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
      await seenMemory.flush();
    },
  };
}
