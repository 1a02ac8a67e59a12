import type { Devices } from '../runner/probe-devices.js';

/** What a model may take. */
export interface MemoryRoom {
  /** Of the machine. */ readonly availableBytes: number;
  /** The GPU, `null` = none is used. */ readonly devices: Devices | null;
}

const vramReserve = 0.1;

/**
 * Whether a model fits. On a GPU with memory of its own it may lie in both; a GPU that computes in the machine's memory adds none.
 *
 * @returns bytes that it may take
 */
export function roomBytes({ availableBytes, devices }: MemoryRoom): number {
  if (!devices || devices.gpu === null || devices.isUnified) return availableBytes;
  return availableBytes + Math.floor((1 - vramReserve) * devices.vramFreeBytes);
}

/** Whether a model can fit once others have left. @param mostBytes what the machine's memory could give, `null` = not known */
export function canEverFit(needed: number, mostBytes: number | null, devices: Devices | null): boolean {
  if (mostBytes === null) return true;
  const emptied = devices && { ...devices, vramFreeBytes: devices.vramTotalBytes };
  return needed <= roomBytes({ availableBytes: mostBytes, devices: emptied });
}

/**
 * Bytes that a load is reckoned with: what it was seen to hold, with a twentieth more for what differs from run to run, else the
 * estimate. Little may have been seen where the system took pages of the file back: half of the estimate is the least.
 */
export function neededBytes(estimated: number, seen: number | null): number {
  return seen === null ? estimated : Math.round(Math.max(1.05 * seen, 0.5 * estimated));
}
