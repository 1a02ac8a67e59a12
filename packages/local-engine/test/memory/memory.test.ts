import { mkdir, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { canEverFit, neededBytes, roomBytes } from '../../src/memory/admission.js';
import { chooseAvailable, chooseMost, memorySize, readMemoryFacts, systemMemory } from '../../src/memory/available.js';
import { estimateMemory } from '../../src/memory/estimate.js';
import { meanBytes, openSeenMemory } from '../../src/memory/seen.js';

const gib = 2 ** 30;

describe('available memory', () => {
  it('keeps a reserve of 1 GiB, on small machines a tenth', () => {
    const facts = { limitBytes: null, usedBytes: 0 };
    expect(chooseAvailable({ ...facts, totalBytes: 16 * gib, availableBytes: 8 * gib }, 0)).toBe(7 * gib);
    expect(chooseAvailable({ ...facts, totalBytes: 2 * gib, availableBytes: gib }, 0)).toBe(Math.floor(0.8 * gib));
    expect(chooseAvailable({ ...facts, totalBytes: 2 * gib, availableBytes: 0 }, 0)).toBe(0);
  });

  it('takes off what models hold already, though their mapped files count as available', () => {
    const facts = { totalBytes: 16 * gib, availableBytes: 15 * gib, limitBytes: null, usedBytes: 0 };
    expect(chooseAvailable(facts, 10 * gib)).toBe(5 * gib);
  });

  it('stays within the limit of the cgroup', () => {
    const facts = { totalBytes: 64 * gib, availableBytes: 60 * gib, limitBytes: 4 * gib, usedBytes: gib };
    expect(chooseAvailable(facts, 0)).toBe(3 * gib);
    expect(chooseAvailable(facts, 2 * gib)).toBe(2 * gib);
  });

  it('is read from the files of the system, without the cache of files', async () => {
    await using folder = await temporaryFolder();
    const group = join(folder.path, 'group');
    await mkdir(group);
    await writeFile(join(folder.path, 'meminfo'), 'MemTotal:       4096 kB\nMemAvailable:   1024 kB\n');
    await writeFile(join(group, 'memory.max'), '2097152\n');
    await writeFile(join(group, 'memory.current'), '1000000\n');
    await writeFile(join(group, 'memory.stat'), 'anon 1\nfile 400000\n');
    expect(await readMemoryFacts(join(folder.path, 'meminfo'), group)).toEqual({
      totalBytes: 4096 * 1024,
      availableBytes: 1024 * 1024,
      limitBytes: 2_097_152,
      usedBytes: 600_000,
    });
  });

  it('is a plausible number on this machine, and where there are no such files', async () => {
    const availableBytes = await systemMemory.availableBytes(0); // none, where others have taken it all
    expect(availableBytes).toBeGreaterThanOrEqual(0);
    expect(availableBytes).toBeLessThan(totalmem());
    const facts = await readMemoryFacts('/nowhere', '/nowhere');
    expect(facts.totalBytes).toBeGreaterThan(2 ** 28);
    expect(facts.limitBytes).toBeNull();
  });
});

describe('estimate of a model', () => {
  const mebibyte = 2 ** 20;
  const size = {
    ...{ bytes: 491_400_064, quantization: 'Q4_K_M', blocks: 24, kvHeads: 2, headDim: 64, embedding: 896 },
    vocabulary: 151_936,
  };
  const load = { contextTokens: 2_048, slots: 1, batchTokens: 128 };

  // What a child held on x64 without a GPU, with three quarters of its context used.
  it.each([
    [
      'tiny',
      { bytes: 513_088, quantization: 'F32', blocks: 2, kvHeads: 4, headDim: 16, embedding: 64, vocabulary: 341 },
      131,
    ],
    [
      'smollm2:135m',
      {
        bytes: 98_362_432,
        quantization: 'Q4_1',
        blocks: 30,
        kvHeads: 3,
        headDim: 64,
        embedding: 576,
        vocabulary: 49_152,
      },
      413,
    ],
    ['qwen2.5-coder:0.5b', size, 839],
    [
      'tinyllama:1.1b-iq2',
      {
        bytes: 322_591_712,
        quantization: 'IQ2_XXS',
        blocks: 22,
        kvHeads: 4,
        headDim: 64,
        embedding: 2_048,
        vocabulary: 32_000,
      },
      524,
    ],
  ])('is within a tenth of what %s holds', (_, measured, mebibytes) => {
    const estimated = estimateMemory(measured, load) / mebibyte;
    expect(Math.abs(estimated / mebibytes - 1)).toBeLessThan(0.1);
  });

  it('grows with the context by keys and values of all layers, once for each slot', () => {
    const twice = estimateMemory(size, { ...load, contextTokens: 4_096 });
    expect((twice - estimateMemory(size, load)) / 2_048).toBe(2 * 2 * 24 * 2 * 64);
    expect(estimateMemory(size, { ...load, slots: 2 })).toBe(twice);
    expect(estimateMemory(size, { ...load, contextTokens: 2_000 })).toBe(estimateMemory(size, load)); // in steps of 256
  });

  it('grows with the batch by its buffers', () => {
    const more = estimateMemory(size, { ...load, batchTokens: 512 }) - estimateMemory(size, load);
    expect(more).toBe(4 * 384 * (8 * 896 + 151_936 / 4));
  });

  it('gives way to what was seen, but not to next to nothing', () => {
    expect(neededBytes(100, null)).toBe(100);
    expect(neededBytes(100, 200)).toBe(210);
    expect(neededBytes(100, 60)).toBe(63);
    expect(neededBytes(100, 10)).toBe(50);
  });

  it('is written as Ollama writes sizes', () => {
    expect(memorySize(1.5 * gib)).toBe('1.5 GiB');
    expect(memorySize(300 * 2 ** 20)).toBe('300.0 MiB');
  });
});

describe('room for a model', () => {
  const gpu = { gpu: 'cuda', vramFreeBytes: 8 * gib, vramTotalBytes: 8 * gib, isUnified: false };
  it.each([
    ['no GPU is used', null, 4 * gib],
    ['none is found', { ...gpu, gpu: null }, 4 * gib],
    ['it has memory of its own', gpu, 4 * gib + Math.floor(0.9 * 8 * gib)],
    ['it computes in the memory of the machine', { ...gpu, gpu: 'metal', isUnified: true }, 4 * gib],
  ])('where %s', (_, devices, bytes) => {
    expect(roomBytes({ availableBytes: 4 * gib, devices })).toBe(bytes);
  });
});

describe('a model that does not fit now', () => {
  const gpu = { gpu: 'cuda', vramFreeBytes: 0, vramTotalBytes: 8 * gib, isUnified: false };
  it.each([
    ['where the memory of the machine is not known', 2 ** 60, null, null, true],
    ['where others hold what it needs', 3 * gib, 4 * gib, null, true],
    ['not where it is larger than the machine', 5 * gib, 4 * gib, null, false],
    ['where the GPU has room for the rest once others have left', 11 * gib, 4 * gib, gpu, true],
    ['not where it is larger than both', 12 * gib, 4 * gib, gpu, false],
  ])('may fit later: %s', (_, needed, mostBytes, devices, canFit) => {
    expect(canEverFit(needed, mostBytes, devices)).toBe(canFit);
  });

  it('is measured by the memory of the machine and the limit of the cgroup, whoever holds it now', () => {
    const facts = { totalBytes: 16 * gib, availableBytes: gib, limitBytes: null, usedBytes: 15 * gib };
    expect(chooseMost(facts)).toBe(15 * gib);
    expect(chooseMost({ ...facts, limitBytes: 4 * gib })).toBe(4 * gib);
  });
});

describe('memory of what was seen', () => {
  const size = { contextTokens: 4_096, slots: 1, batchTokens: 128 };

  it('follows what is seen slowly downwards, at once upwards', () => {
    expect([meanBytes(null, 100), meanBytes(100, 150), meanBytes(150, 100)]).toEqual([100, 150, 135]);
  });

  it('is kept from engine to engine, for each way to load a file', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'memory.json');
    const seen = await openSeenMemory(path);
    expect(seen.find('a', size)).toBeNull();
    seen.note('a', size, 1_000);
    seen.note('a', size, 900);
    seen.note('a', { ...size, slots: 2 }, 2_000);
    await seen.flush();
    const again = await openSeenMemory(path);
    expect(again.find('a', size)).toBe(970);
    expect(again.find('a', { ...size, slots: 2 })).toBe(2_000);
    expect(again.find('b', size)).toBeNull();
  });

  it('begins anew with a damaged file, and goes on where it cannot write', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'memory.json');
    for (const content of ['{', '{"a":"b"}', '[]', '{"a":-1}']) {
      await writeFile(path, content);
      expect((await openSeenMemory(path)).find('a', size)).toBeNull();
    }
    const nowhere = await openSeenMemory(join(folder.path, 'missing', 'memory.json'));
    nowhere.note('a', size, 5);
    await nowhere.flush();
    expect(nowhere.find('a', size)).toBe(5);
  });

  it('forgets the oldest of many', async () => {
    await using folder = await temporaryFolder();
    const seen = await openSeenMemory(join(folder.path, 'memory.json'));
    for (let index = 0; index <= 500; index++) seen.note(`digest-${index}`, size, 1 + index);
    await seen.flush();
    expect([seen.find('digest-0', size), seen.find('digest-1', size)]).toEqual([null, 2]);
  });
});
