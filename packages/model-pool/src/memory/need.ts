import type { InstalledModel } from '../status.js';

/** What is held for each byte of the files, and of the keys and values: tensors in a second layout, buffers of the computation. */
const [fileShare, tokenShare] = [0.06, 0.15] as const;
/** What a process holds with the smallest model, and beyond the model itself with the largest, bytes. */
const [leastOverheadBytes, mostOverheadBytes] = [0.05e9, 0.5e9] as const;

/**
 * What a model needs in memory, bytes: its files, keys and values of each token, overhead; where the server says what it holds beside
 * keys and values, that. An estimate, for a choice before the first load; compare it with {@link memoryBudget}.
 *
 * @param model - as `readInstalledModels` tells it; `kvBytesPerToken: null` is estimated from the size
 * @param contextTokens - context of one slot, tokens
 * @param slots - calls at the same time
 */
export function estimateNeedBytes(
  model: Pick<InstalledModel, 'bytes' | 'kvBytesPerToken' | 'baseBytes'>,
  contextTokens: number,
  slots = 1,
): number {
  // Where the shape is not known: a 14B model takes a 56,000th of its file per token, smaller ones more.
  const tokenBytes = (model.kvBytesPerToken ?? model.bytes / 40_000) * contextTokens * slots;
  if (model.baseBytes !== undefined) return Math.round(model.baseBytes + tokenBytes);
  const overheadBytes = leastOverheadBytes + fileShare * model.bytes + tokenShare * tokenBytes;
  return Math.round(model.bytes + tokenBytes + Math.min(mostOverheadBytes, overheadBytes));
}
