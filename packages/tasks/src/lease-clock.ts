import { readFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import type { LeaseClock } from './types.js';

/** The monotonic clock of this machine, which all its processes share. */
export function systemLeaseClock(readBootId: () => string = readLinuxBootId): LeaseClock {
  let bootId: string;
  try {
    bootId = readBootId().trim();
  } catch {
    // Rounded to ten minutes, because the start of the machine is computed from two clocks.
    bootId = `${hostname()}-${Math.round((Date.now() / 1000 - uptime()) / 600)}`;
  }
  return { bootId, now: () => Number(process.hrtime.bigint() / 1_000_000n) };
}

function readLinuxBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
}
