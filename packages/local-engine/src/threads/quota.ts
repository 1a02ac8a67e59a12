import { readFile } from 'node:fs/promises';

/** Cores' worth of a cgroup v2 `cpu.max` ("200000 100000", "max 100000"), `null` = no limit. */
export function parseCpuMax(text: string): number | null {
  const [quota, period] = text.trim().split(/\s+/).map(Number);
  return quota && period && quota > 0 && period > 0 ? quota / period : null;
}

/** Cores' worth of the older pair of files; a quota of -1 is no limit. */
export function parseCfsQuota(quota: string, period: string): number | null {
  return parseCpuMax(`${quota.trim()} ${period.trim()}`);
}

/** Cores' worth that this process's cgroup grants; `null` where there is no limit or no cgroup. */
export async function readCpuQuota(root = '/sys/fs/cgroup'): Promise<number | null> {
  const read = (name: string) => readFile(`${root}/${name}`, 'utf8').catch(() => null);
  const max = await read('cpu.max');
  if (max !== null) return parseCpuMax(max);
  const [quota, period] = await Promise.all([read('cpu/cpu.cfs_quota_us'), read('cpu/cpu.cfs_period_us')]);
  return quota !== null && period !== null ? parseCfsQuota(quota, period) : null;
}
