import { describe, expect, it } from 'vitest';
import { estimateNeedBytes, type MemoryReading, memoryBudget, readMemory } from '../../src/index.js';
import { parseGpuMemory, parseReclaimable } from '../../src/memory/read-memory.js';

const reading: MemoryReading = {
  platform: 'linux',
  totalBytes: 16e9,
  availableBytes: 12e9,
  cgroupLimitBytes: null,
  cgroupUsedBytes: null,
  gpuFreeBytes: null,
};

describe('memoryBudget', () => {
  it('a processor leaves 1.5 GB and takes at most three quarters', () => {
    expect(memoryBudget(reading)).toEqual({ bytes: 10.5e9, source: 'cpu' });
    expect(memoryBudget({ ...reading, availableBytes: 16e9 })).toEqual({ bytes: 12e9, source: 'cpu' });
    expect(memoryBudget({ ...reading, availableBytes: 1e9 })).toEqual({ bytes: 0, source: 'cpu' });
  });
  it('a control group limits it', () => {
    expect(memoryBudget({ ...reading, cgroupLimitBytes: 4e9, cgroupUsedBytes: 1e9 })).toEqual({
      bytes: 3e9,
      source: 'cpu',
    });
    expect(memoryBudget({ ...reading, cgroupLimitBytes: 4e9 })).toEqual({ bytes: 4e9, source: 'cpu' });
  });
  it('what our models hold is added back, but not beyond the machine', () => {
    expect(memoryBudget(reading, 1e9).bytes).toBe(11.5e9);
    expect(memoryBudget(reading, 9e9).bytes).toBe(12e9);
    expect(memoryBudget({ ...reading, cgroupLimitBytes: 4e9, cgroupUsedBytes: 3e9 }, 2e9).bytes).toBe(3e9);
  });
  it('GPUs count together and leave a fifth', () => {
    expect(memoryBudget({ ...reading, gpuFreeBytes: [10e9, 10e9] }, 1e9)).toEqual({ bytes: 17e9, source: 'nvidia' });
    expect(memoryBudget({ ...reading, gpuFreeBytes: [] }).source).toBe('cpu');
  });
  it('Apple shares its memory', () => {
    expect(memoryBudget({ ...reading, platform: 'darwin' })).toEqual({ bytes: 10.72e9, source: 'apple' });
  });
});

it('the need is files, keys and values, and overhead', () => {
  expect(estimateNeedBytes({ bytes: 4_683_087_332, kvBytesPerToken: 57_344 }, 8_192) / 1e9).toBeCloseTo(5.65, 2);
  expect(estimateNeedBytes({ bytes: 986_061_892, kvBytesPerToken: 28_672 }, 8_192, 2) / 1e9).toBeCloseTo(1.76, 2);
  expect(estimateNeedBytes({ bytes: 4e9, kvBytesPerToken: null }, 1_000)).toBe(4.6e9);
});

it('the memory of this machine can be read', async () => {
  const memory = await readMemory({ signal: new AbortController().signal });
  expect(memory.totalBytes).toBeGreaterThan(0);
  expect(memory.availableBytes).toBeGreaterThan(0);
  expect(memory.availableBytes).toBeLessThanOrEqual(memory.totalBytes);
});

it('the lines of nvidia-smi are MiB per GPU', () => {
  expect(parseGpuMemory('1024\n2048\n')).toEqual([1024 ** 3, 2 * 1024 ** 3]);
  expect(parseGpuMemory('no devices were found\n')).toBeNull();
});

it('file pages that can be had are read from both versions of control groups', () => {
  expect(parseReclaimable('anon 5\ninactive_file 4096\nactive_file 7\n')).toBe(4096);
  expect(parseReclaimable('inactive_file 1\ntotal_inactive_file 2\n')).toBe(2);
  expect(parseReclaimable('anon 5\n')).toBeNull();
  expect(parseReclaimable('')).toBeNull();
});
