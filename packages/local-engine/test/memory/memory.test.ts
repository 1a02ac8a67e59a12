import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { chooseAvailable, memorySize, readMemoryFacts, systemMemory } from '../../src/memory/available.js';
import { estimateMemory } from '../../src/memory/estimate.js';

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
    expect(await systemMemory.availableBytes(0)).toBeGreaterThan(0);
    const facts = await readMemoryFacts('/nowhere', '/nowhere');
    expect(facts.totalBytes).toBeGreaterThan(2 ** 28);
    expect(facts.limitBytes).toBeNull();
  });
});

describe('estimate of a model', () => {
  it('grows with the context by keys and values of all layers', () => {
    const size = { bytes: 491_400_064, blocks: 24, kvHeads: 2, headDim: 64, embedding: 896, vocabulary: 151_936 };
    const perToken = (estimateMemory(size, 4_096) - estimateMemory(size, 2_048)) / 2_048;
    expect(perToken).toBeCloseTo(1.1 * 2 * 2 * 24 * 2 * 64, 0);
  });

  it('is written as Ollama writes sizes', () => {
    expect(memorySize(1.5 * gib)).toBe('1.5 GiB');
    expect(memorySize(300 * 2 ** 20)).toBe('300.0 MiB');
  });
});
