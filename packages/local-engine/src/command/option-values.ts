import type { RuntimeGpu } from '../runtime/platform.js';
import { UsageError } from './usage-error.js';

/** A whole number from `least` to `most`, `null` where the option is not there. @throws UsageError */
export function readNumber(option: string, value: string | null, least: number, most: number): number | null {
  if (value === null) return null;
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${option} must be a whole number from ${least} to ${most}, not "${value}"`);
}

/** A port; 0 takes a free one. @throws UsageError */
export const readPort = (value: string | null): number | null => readNumber('--port', value, 0, 65_535);

/** A number of threads, or `all` cores. @throws UsageError */
export const readThreads = (value: string | null): number | 'all' | null =>
  value === 'all' ? value : readNumber('--threads', value, 1, 1_024);

/** Whether a GPU computes. @throws UsageError */
export const readGpuMode = (value: string | null): 'auto' | 'off' | null => oneOf('--gpu', value, ['auto', 'off']);

/** Which GPU's binaries are installed. @throws UsageError */
export const readRuntimeGpu = (value: string | null): RuntimeGpu | null => oneOf('--gpu', value, ['cuda', 'vulkan']);

function oneOf<Value extends string>(option: string, value: string | null, all: readonly Value[]): Value | null {
  const found = all.find((each) => each === value);
  if (value === null || found !== undefined) return found ?? null;
  throw new UsageError(`${option} must be ${all.join(' or ')}, not "${value}"`);
}
