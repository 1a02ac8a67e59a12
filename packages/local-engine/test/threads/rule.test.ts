import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { parseCfsQuota, parseCpuMax, readCpuQuota } from '../../src/threads/quota.js';
import { chooseThreads, shareThreads } from '../../src/threads/rule.js';

describe('thread rule', () => {
  it.each<[number, number | null, number]>([
    [1, null, 1],
    [2, null, 1],
    [3, null, 2],
    [4, null, 3],
    [8, null, 7],
    [64, null, 63],
    [1, 0.5, 1],
    [2, 0.5, 1],
    [2, 2, 1],
    [4, 1.5, 1],
    [4, 2, 2],
    [8, 2.9, 2],
    [8, 4, 4],
    [8, 8, 7],
    [16, 100, 15],
  ])('%i cores with a quota of %j give %i threads', (cores, quotaCores, threads) => {
    expect(chooseThreads({ cores, quotaCores, wanted: null })).toBe(threads);
  });

  it('takes a wish as a cap, and all cores only when that is said', () => {
    expect(chooseThreads({ cores: 8, quotaCores: null, wanted: 4 })).toBe(4);
    expect(chooseThreads({ cores: 4, quotaCores: null, wanted: 16 })).toBe(3);
    expect(chooseThreads({ cores: 8, quotaCores: null, wanted: 0 })).toBe(1);
    expect(chooseThreads({ cores: 8, quotaCores: null, wanted: 'all' })).toBe(8);
    expect(chooseThreads({ cores: 8, quotaCores: 2.5, wanted: 'all' })).toBe(2);
  });

  it('divides the threads among the models that are busy', () => {
    expect([0, 1, 2, 3, 9].map((busy) => shareThreads(7, busy))).toEqual([7, 7, 3, 2, 1]);
  });
});

describe('quota of a cgroup', () => {
  it('is read from both versions', () => {
    expect(parseCpuMax('200000 100000\n')).toBe(2);
    expect(parseCpuMax('max 100000\n')).toBeNull();
    expect(parseCfsQuota('150000\n', '100000\n')).toBe(1.5);
    expect(parseCfsQuota('-1\n', '100000\n')).toBeNull();
  });

  it('is found in the files, and is none where there are no files', async () => {
    await using folder = await temporaryFolder();
    expect(await readCpuQuota(folder.path)).toBeNull();
    await mkdir(join(folder.path, 'cpu'));
    await writeFile(join(folder.path, 'cpu', 'cpu.cfs_quota_us'), '50000');
    await writeFile(join(folder.path, 'cpu', 'cpu.cfs_period_us'), '100000');
    expect(await readCpuQuota(folder.path)).toBe(0.5);
    await writeFile(join(folder.path, 'cpu.max'), '300000 100000');
    expect(await readCpuQuota(folder.path)).toBe(3);
  });
});
