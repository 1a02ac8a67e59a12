import { readFile } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import type { MemoryProbe } from '../types.js';

/** What the operating system says about memory, bytes. */
export interface MemoryFacts {
  /** Of the machine. */ readonly totalBytes: number;
  /** What can be taken without swapping. Files that are mapped count as available. */ readonly availableBytes: number;
  /** Limit of the cgroup, `null` = none. */ readonly limitBytes: number | null;
  /** Use of the cgroup without the cache of files. */ readonly usedBytes: number;
}

const gibibyte = 2 ** 30;

/**
 * Bytes that a further model may take: the less of what the machine and the cgroup have left, less a reserve of 1 GiB, on small
 * machines a tenth. What our own children hold is taken off the total, since their mapped weights still count as available.
 */
export function chooseAvailable(facts: MemoryFacts, residentBytes: number): number {
  const reserve = Math.min(gibibyte, facts.totalBytes / 10);
  const machine = Math.min(facts.availableBytes, facts.totalBytes - residentBytes) - reserve;
  const group = facts.limitBytes === null ? machine : facts.limitBytes - Math.max(facts.usedBytes, residentBytes);
  return Math.max(0, Math.floor(Math.min(machine, group)));
}

/** Bytes that a model could take if nothing else ran. */
export function chooseMost(facts: MemoryFacts): number {
  return chooseAvailable({ ...facts, availableBytes: facts.totalBytes, usedBytes: 0 }, 0);
}

/** Reads `/proc/meminfo` and the cgroup; elsewhere what Node knows. */
export async function readMemoryFacts(meminfo = '/proc/meminfo', group = '/sys/fs/cgroup'): Promise<MemoryFacts> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const [machine, limit, use, stat] = await Promise.all([
    read(meminfo),
    read(`${group}/memory.max`),
    read(`${group}/memory.current`),
    read(`${group}/memory.stat`),
  ]);
  const kilobytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(machine)?.[1]) * 1024;
  const cachedFiles = Number(/^file (\d+)/m.exec(stat)?.[1] ?? 0);
  return {
    totalBytes: kilobytes('MemTotal') || totalmem(),
    // Outside Linux the free memory leaves out what can be reclaimed, and would refuse everything.
    availableBytes: kilobytes('MemAvailable') || Math.max(freemem(), 0.5 * totalmem()),
    limitBytes: Number(limit) || null,
    usedBytes: Math.max(0, Number(use) - cachedFiles),
  };
}

/** The operating system's memory. */
export const systemMemory: MemoryProbe = {
  availableBytes: async (residentBytes) => chooseAvailable(await readMemoryFacts(), residentBytes),
  mostBytes: async () => chooseMost(await readMemoryFacts()),
};

/** Bytes as Ollama writes them in its refusals: `1.5 GiB`. */
export function memorySize(bytes: number): string {
  return bytes >= gibibyte ? `${(bytes / gibibyte).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
