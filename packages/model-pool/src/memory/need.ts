import type { InstalledModel } from '../status.js';

/** What a model needs in memory with a context and a number of slots, bytes: files, keys and values, overhead. */
export function estimateNeedBytes(
  model: Pick<InstalledModel, 'bytes' | 'kvBytesPerToken'>,
  contextTokens: number,
  slots = 1,
): number {
  // Where the shape is not known: a 14B model takes a 56,000th of its file per token, smaller ones more.
  const kvBytes = model.kvBytesPerToken ?? model.bytes / 40_000;
  const overheadBytes = model.bytes < 2e9 ? 0.3e9 : 0.5e9;
  return Math.round(model.bytes + kvBytes * contextTokens * slots + overheadBytes);
}
