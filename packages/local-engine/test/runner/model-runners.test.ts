import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manualClock, temporaryFolder, until } from '@tale/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectGguf } from '../../src/gguf/inspect.js';
import { systemMemory } from '../../src/memory/available.js';
import { estimateMemory } from '../../src/memory/estimate.js';
import { openSeenMemory, type SeenMemory } from '../../src/memory/seen.js';
import { createModelRunners, type ModelRunnersOptions } from '../../src/runner/model-runners.js';
import type { Manifest } from '../../src/store/manifests.js';
import { type ModelStore, openModelStore } from '../../src/store/model-store.js';
import { asDigest, type Digest, placesOf } from '../../src/store/places.js';
import { type FakeRunnersOptions, fakeRunners, writeTinyGguf } from '../../src/testing/index.js';
import { chatCall } from './child/test-child.js';

const mebibyte = 2 ** 20;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const never = new AbortController().signal;
const wish = { signal: never, priority: 5, keepAliveMs: null, contextTokens: 512 };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let store: ModelStore;
const manifests: Manifest[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  store = await openModelStore(placesOf(join(folder.path, 'data')), { clock: manualClock(), inspect: inspectGguf });
  for (const [index, sentence] of ['one is here.', 'two is here.', 'three is here.'].entries()) {
    const path = join(folder.path, `${index}.gguf`);
    await writeTinyGguf(path, { sentence });
    const digest = asDigest(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ) as Digest;
    await copyFile(path, store.places.blob(digest));
    const facts = { digest, source: 'file', license: null, capabilities: null };
    manifests.push(await store.install({ name: `model-${index}:latest`, ...facts }));
  }
});
afterAll(() => folder[Symbol.asyncDispose]());

/** Runners with children that are none, and with as much memory as a test says. */
async function runnersOf(
  options: Partial<ModelRunnersOptions> &
    FakeRunnersOptions & { availableBytes?: (residentBytes: number) => number } = {},
) {
  const clock = manualClock();
  const fakes = fakeRunners(options);
  await using own = await temporaryFolder();
  const seenMemory: SeenMemory = await openSeenMemory(join(own.path, 'memory.json'));
  const runners = createModelRunners({
    ...{ store, clock, seenMemory, spawn: fakes.spawn, runnerEntry: 'entry', runtimeDir: 'runtime', logger: silent },
    ...{ threads: 6, areThreadsFixed: false, slots: 1, usesGpu: false, keepAliveMs: 300_000 },
    memory: { availableBytes: async (residentBytes) => options.availableBytes?.(residentBytes) ?? 2 ** 40 },
    ...options,
  });
  return { runners, fakes, clock, seenMemory };
}
const [first, second, third] = [0, 1, 2].map((index) => () => manifests[index] as Manifest) as [
  ...[() => Manifest, () => Manifest, () => Manifest],
];

describe('runners', () => {
  it('load as they are told, and with what suits a CPU', async () => {
    const { runners, fakes } = await runnersOf({ slots: 3, areThreadsFixed: true });
    await runners.of(first()).load({ ...wish, contextTokens: 700 });
    expect(fakes.all[0]?.received[0]).toMatchObject({
      ...{
        type: 'load',
        contextTokens: 700,
        slots: 3,
        threads: 6,
        areThreadsFixed: true,
        batchTokens: 128,
        gpuLayers: 0,
      },
      modelPath: store.places.blob(first().digest),
    });
    await runners.of(first()).load({ ...wish, batchTokens: 64 });
    expect(fakes.all[1]?.received[0]).toMatchObject({ batchTokens: 64, contextTokens: 700 });
    await runners.close();
  });

  it('unload idle models, the longest unused first, until another fits', async () => {
    const each = 50_000_000; // what a child says that it holds
    const { runners, fakes, clock } = await runnersOf({
      availableBytes: (residentBytes) => 200 * mebibyte - residentBytes,
    });
    for (const manifest of [first(), second()]) {
      await runners.of(manifest).load(wish);
      await clock.advance(1_000);
    }
    expect(runners.list().map(({ status }) => status.residentBytes)).toEqual([each, each]);
    await runners.of(first()).call(chatCall(), wish); // the second is now the longest unused
    await runners.of(third()).load(wish);
    expect(runners.list().map(({ manifest }) => manifest.name)).toEqual(['model-0:latest', 'model-2:latest']);
    expect(fakes.all[1]?.isKilled).toBe(true);
    await runners.close();
  });

  it('wait for a model that is being unloaded before they refuse another one', async () => {
    const fakes = fakeRunners();
    let end = () => {}; // the first child ends when it is told to, not when it is killed
    const spawn: typeof fakes.spawn = (entry) => {
      const child = fakes.spawn(entry);
      const isFirst = fakes.all.length === 1;
      return {
        ...child,
        kill() {
          if (isFirst) end = child.kill;
          else child.kill();
        },
      };
    };
    let isFull = false;
    const { runners } = await runnersOf({
      spawn,
      availableBytes() {
        if (isFull) end();
        return isFull ? 30 * mebibyte : 2 ** 40;
      },
    });
    await runners.of(first()).load(wish);
    isFull = true;
    const unloaded = runners.of(first()).unload({ wait: true });
    const loaded = runners.of(second()).load(wish);
    await unloaded;
    isFull = false;
    await loaded;
    await runners.close();
  });

  it('give memory that is there once to one of two models that are loaded at once', async () => {
    const size = { contextTokens: 512, slots: 1, batchTokens: 128 };
    const needed = estimateMemory({ bytes: first().bytes, ...first().gguf }, size);
    const asking: (() => void)[] = [];
    const availableBytes = () =>
      new Promise<number>((resolve) => {
        asking.push(() => resolve(1.5 * needed));
        if (asking.length === 2) for (const answer of asking) answer();
      });
    const { runners, fakes } = await runnersOf({ memory: { availableBytes } });
    const loads = await Promise.allSettled([first(), second()].map((manifest) => runners.of(manifest).load(wish)));
    expect(loads.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(loads.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'insufficient-memory' },
    });
    expect(fakes.all).toHaveLength(1);
    await runners.close();
  });

  it('refuse a model that does not fit, in Ollama’s words, with both sizes', async () => {
    const { runners, fakes } = await runnersOf({ availableBytes: () => 30 * mebibyte });
    await expect(runners.of(first()).load(wish)).rejects.toMatchObject({
      ...{ code: 'insufficient-memory', retryable: true, availableBytes: 30 * mebibyte },
      message: expect.stringMatching(
        /^model requires more system memory \(\d+\.\d MiB\) than is available \(30\.0 MiB\)$/,
      ),
    });
    expect(fakes.all).toHaveLength(0); // nothing was started for it
  });

  it.each([
    ['what others hold would do', 2 ** 40, true],
    ['it is larger than the memory of the machine', 40 * mebibyte, false],
  ])('say whether a model can ever fit: %s', async (_, mostBytes, retryable) => {
    const memory = { availableBytes: async () => 30 * mebibyte, mostBytes: async () => mostBytes };
    const { runners } = await runnersOf({ memory });
    await expect(runners.of(first()).load(wish)).rejects.toMatchObject({ code: 'insufficient-memory', retryable });
  });

  it('do not ask to try again for a header that states more layers than any machine holds', async () => {
    const { runners, fakes } = await runnersOf({ memory: systemMemory });
    const hostile = { ...first(), gguf: { ...first().gguf, blocks: 2 ** 32 - 1 } };
    await expect(runners.of(hostile).load(wish)).rejects.toMatchObject({
      ...{ code: 'insufficient-memory', retryable: false },
    });
    expect(fakes.all).toHaveLength(0);
  });

  it('learn from what a child was seen to hold, for each way to load it', async () => {
    const size = { contextTokens: 512, slots: 1, batchTokens: 128 };
    const manifest = first();
    const estimated = estimateMemory({ bytes: manifest.bytes, ...manifest.gguf }, size);
    let availableBytes = estimated;
    const { runners, fakes, seenMemory } = await runnersOf({ availableBytes: () => availableBytes });
    await runners.of(manifest).load(wish);
    fakes.all[0]?.emit({ type: 'pong', residentBytes: 2 * estimated });
    fakes.all[0]?.emit({ type: 'pong', residentBytes: 1 });
    await runners.of(manifest).unload({ wait: true });
    expect(seenMemory.find(manifest.digest, size)).toBe(2 * estimated);
    await expect(runners.of(manifest).load(wish)).rejects.toMatchObject({
      code: 'insufficient-memory',
      neededBytes: Math.round(1.05 * 2 * estimated),
    });
    availableBytes = 3 * estimated;
    await runners.of(manifest).load(wish);
    fakes.all[1]?.emit({ type: 'pong', residentBytes: 2.5 * estimated });
    fakes.all[1]?.crash();
    expect(seenMemory.find(manifest.digest, size)).toBe(2.5 * estimated);
    await runners.close();
  });

  it('share the threads among the models that answer', async () => {
    const { runners, fakes } = await runnersOf({ isAnswering: false });
    const [one, two] = [runners.of(first()), runners.of(second())];
    const asking = [one.call(chatCall(), wish), two.call(chatCall(), wish)];
    for (const each of asking) each.catch(() => {});
    for (const index of [0, 1]) {
      const child = await until('a child', () => fakes.all[index]);
      child.emit({ type: 'ready', contextTokens: 512, residentBytes: 1, vramBytes: 0 });
    }
    const threadsOf = (index: number) =>
      fakes.all[index]?.received.flatMap((message) => (message.type === 'threads' ? [message.threads] : []));
    await until('both answer', () => threadsOf(0)?.at(-1) === 3 && threadsOf(1)?.at(-1) === 3);
    fakes.all[1]?.crash();
    await until('one is alone again', () => threadsOf(0)?.at(-1) === 6);
    await runners.close();
  });
});

describe('a GPU', () => {
  const gib = 2 ** 30;
  const probed = {
    type: 'probed',
    gpu: 'cuda',
    vramFreeBytes: 8 * gib,
    vramTotalBytes: 8 * gib,
    isUnified: false,
  } as const;

  it('is asked for by the child that loads, and its memory counts', async () => {
    const { runners, fakes } = await runnersOf({ isAnswering: false, usesGpu: true, availableBytes: () => 0 });
    const loading = runners.of(first()).load(wish);
    const child = await until('a child', () => fakes.all[0]);
    expect(child.received).toEqual([{ type: 'probe', runtimeDir: 'runtime', threads: 6 }]);
    child.emit(probed);
    await until('the load', () => child.received.length === 2);
    expect(child.received[1]).toMatchObject({ type: 'load', gpuLayers: null, batchTokens: 512 });
    child.emit({ type: 'ready', contextTokens: 512, residentBytes: 5, vramBytes: 7 });
    await loading;
    expect(runners.list()[0]?.status).toMatchObject({ residentBytes: 5, vramBytes: 7 });
    expect(fakes.all).toHaveLength(1);
    await runners.close();
  });

  it('is not asked for by a call that wants no layer there', async () => {
    const { runners, fakes } = await runnersOf({ usesGpu: true });
    await runners.of(first()).load({ ...wish, gpuLayers: 0 });
    expect(fakes.all[0]?.received[0]).toMatchObject({ type: 'load', gpuLayers: 0, batchTokens: 128 });
    await runners.close();
  });

  it('ends the child where the model does not fit, the runtime is missing or nothing is answered', async () => {
    const { runners, fakes, clock } = await runnersOf({ isAnswering: false, usesGpu: true, availableBytes: () => 0 });
    const begin = async (index: number) => {
      const loading = runners
        .of(first())
        .load(wish)
        .catch((error) => error.code);
      return { loading, child: await until('a child', () => fakes.all[index]) };
    };
    const small = await begin(0);
    small.child.emit({ ...probed, vramFreeBytes: 1 });
    expect(await small.loading).toBe('insufficient-memory');
    await until('it is ended', () => small.child.isKilled);
    const missing = await begin(1);
    missing.child.emit({ type: 'failure', id: null, code: 'runtime-missing', message: 'told' });
    expect(await missing.loading).toBe('runtime-missing');
    const silentOne = await begin(2);
    await clock.advance(120_000);
    expect(await silentOne.loading).toBe('load-failed');
    await until('it is ended', () => silentOne.child.isKilled);
    const dying = await begin(3);
    dying.child.crash();
    expect(await dying.loading).toBe('runner-crashed');
    await runners.close();
  });
});
