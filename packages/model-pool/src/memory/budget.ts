/** What a machine says about its memory, bytes; `null` = it has no such thing. */
export interface MemoryReading {
  /** `process.platform`. */
  readonly platform: string;
  /** RAM. */
  readonly totalBytes: number;
  /** RAM that can be had without swapping. */
  readonly availableBytes: number;
  /** Limit of the control group. */
  readonly cgroupLimitBytes: number | null;
  /** Use of the control group, without file pages that can be had. */
  readonly cgroupUsedBytes: number | null;
  /** Free memory of each NVIDIA GPU. */
  readonly gpuFreeBytes: readonly number[] | null;
  /** All memory of each NVIDIA GPU; left out = not known. */
  readonly gpuTotalBytes?: readonly number[] | null;
}

/** A budget for models. */
export interface MemoryBudget {
  /** Bytes. */
  readonly bytes: number;
  /** What it was computed from. */
  readonly source: 'nvidia' | 'apple' | 'cpu';
}

/**
 * How much memory all models together may take. NVIDIA: 0.8 of the free memory of all GPUs; Apple: 0.67 of the RAM; else
 * the least of available RAM − 1.5 GB, 0.75 of the RAM, and what the control group leaves.
 *
 * @param heldBytes what our loaded models hold already; it is added back, for the readings exclude it
 */
export function memoryBudget(reading: MemoryReading, heldBytes = 0): MemoryBudget {
  const { platform, totalBytes, availableBytes, cgroupLimitBytes, cgroupUsedBytes, gpuFreeBytes } = reading;
  if (gpuFreeBytes !== null && gpuFreeBytes.length > 0) {
    const freeBytes = gpuFreeBytes.reduce((sum, bytes) => sum + bytes, 0);
    return { bytes: Math.round(freeBytes * 0.8 + heldBytes), source: 'nvidia' };
  }
  if (platform === 'darwin') return { bytes: Math.round(totalBytes * 0.67), source: 'apple' };
  const limits = [availableBytes - 1.5e9 + heldBytes, totalBytes * 0.75];
  if (cgroupLimitBytes !== null) limits.push(cgroupLimitBytes - (cgroupUsedBytes ?? 0) + heldBytes);
  return { bytes: Math.max(0, Math.round(Math.min(...limits))), source: 'cpu' };
}

/** What models can take at most on an idle machine, bytes: a larger one never fits. `null` = nobody knows. */
export function machineBytes(reading: MemoryReading): number | null {
  const { platform, totalBytes, cgroupLimitBytes, gpuFreeBytes, gpuTotalBytes = null } = reading;
  if (gpuFreeBytes !== null && gpuFreeBytes.length > 0) {
    if (gpuTotalBytes === null) return null;
    return gpuTotalBytes.reduce((sum, bytes) => sum + bytes, totalBytes); // servers put layers on both
  }
  if (platform === 'darwin') return Math.round(totalBytes * 0.67);
  return Math.round(Math.min(totalBytes * 0.75, cgroupLimitBytes ?? Number.POSITIVE_INFINITY));
}
