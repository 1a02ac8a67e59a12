import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { promisify } from 'node:util';
import type { MemoryReading } from './budget.js';

const run = promisify(execFile);

/** First number that one of the files holds. Files that are not there, and `max`, give `null`. */
async function readNumber(...paths: string[]): Promise<number | null> {
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => '');
    // Control groups of version 1 say "no limit" with a number near 2^63.
    if (/^\d+\s*$/.test(text) && Number(text) < 2 ** 60) return Number(text);
  }
  return null;
}

/** Files that the kernel keeps in memory only while nobody needs it: they are in a group's use, but can be had. */
async function readReclaimable(): Promise<number> {
  const paths = ['/sys/fs/cgroup/memory.stat', '/sys/fs/cgroup/memory/memory.stat'];
  for (const path of paths) {
    const bytes = parseReclaimable(await readFile(path, 'utf8').catch(() => ''));
    if (bytes !== null) return bytes;
  }
  return 0;
}

/** Bytes of inactive file pages from a control group's `memory.stat`, of version 1 or 2; `null` = it has no such line. */
export function parseReclaimable(stat: string): number | null {
  const bytes = /^total_inactive_file (\d+)$/m.exec(stat)?.[1] ?? /^inactive_file (\d+)$/m.exec(stat)?.[1];
  return bytes === undefined ? null : Number(bytes);
}

async function readAvailable(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}

async function readGpus(signal: AbortSignal | undefined): Promise<GpuMemory | null> {
  try {
    const { stdout } = await run(
      'nvidia-smi',
      ['--query-gpu=memory.free,memory.total', '--format=csv,noheader,nounits'],
      {
        timeout: 5_000,
        ...(signal === undefined ? {} : { signal }),
      },
    );
    return parseGpuMemory(stdout);
  } catch {
    signal?.throwIfAborted();
    return null; // no such program: no such GPU
  }
}

/** Memory of each GPU, bytes. */
interface GpuMemory {
  readonly freeBytes: readonly number[];
  readonly totalBytes: readonly number[];
}

/** Free and all memory from the lines of `nvidia-smi`, which counts in MiB. */
export function parseGpuMemory(lines: string): GpuMemory | null {
  const numbers = lines
    .split('\n')
    .map((line) => line.split(',').map((part) => Number.parseInt(part, 10) * 1024 * 1024))
    .filter(([free = Number.NaN, total = Number.NaN]) => free >= 0 && total >= 0);
  if (numbers.length === 0) return null;
  return { freeBytes: numbers.map(([free = 0]) => free), totalBytes: numbers.map(([, total = 0]) => total) };
}

/** Reads what {@link MemoryReading} holds. `signal` ends the question to the GPU; it then rejects with the signal's reason. */
export async function readMemory(options: { readonly signal?: AbortSignal } = {}): Promise<MemoryReading> {
  const [availableBytes, reclaimableBytes, cgroupLimitBytes, cgroupUsedBytes, gpus] = await Promise.all([
    readAvailable(),
    readReclaimable(),
    readNumber('/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes'),
    readNumber('/sys/fs/cgroup/memory.current', '/sys/fs/cgroup/memory/memory.usage_in_bytes'),
    readGpus(options.signal),
  ]);
  return {
    platform: process.platform,
    totalBytes: totalmem(),
    availableBytes,
    cgroupLimitBytes,
    cgroupUsedBytes: cgroupUsedBytes === null ? null : Math.max(0, cgroupUsedBytes - reclaimableBytes),
    gpuFreeBytes: gpus?.freeBytes ?? null,
    gpuTotalBytes: gpus?.totalBytes ?? null,
  };
}
