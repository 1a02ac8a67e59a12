import type { InstalledModel } from '../status.js';

/**
 * What a model needs in memory, bytes: its files, keys and values of each token, overhead. An estimate, for a choice before
 * the first load; compare it with {@link memoryBudget}.
 *
 * @param model - as `readInstalledModels` tells it; `kvBytesPerToken: null` is estimated from the size
 * @param contextTokens - context of one slot, tokens
 * @param slots - calls at the same time
 */
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
