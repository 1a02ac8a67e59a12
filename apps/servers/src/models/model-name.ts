import { estimateNeedBytes, type InstalledModel } from '@tale/model-pool';
import type { ChosenModel } from './setup.js';

const full = (name: string) => (name.includes(':') ? name : `${name}:latest`);

/** Whether two spellings mean the same model: a missing tag is `latest`. */
export function isSameModel(one: string, other: string): boolean {
  return full(one) === full(other);
}

const usualContextTokens = 4096;

/** A model with a context that it was made for and that costs little memory. */
export function withContext(model: string, installed: InstalledModel | undefined): ChosenModel {
  return { model, contextTokens: Math.min(installed?.contextTokens ?? usualContextTokens, usualContextTokens) };
}

/** The largest installed model that fits beside `ux`; `usual` where none of the others does. */
export function largestBeside(
  ux: ChosenModel,
  usual: ChosenModel,
  installed: readonly InstalledModel[],
  budgetBytes: number,
): ChosenModel {
  const find = (model: string) => installed.find((entry) => isSameModel(entry.model, model));
  const small = find(ux.model);
  const leftBytes = budgetBytes - (small ? estimateNeedBytes(small, ux.contextTokens) : 0);
  const [largest] = installed
    .filter((entry) => !isSameModel(entry.model, ux.model))
    .filter((entry) => estimateNeedBytes(entry, withContext(entry.model, entry).contextTokens) <= leftBytes)
    .sort((a, b) => b.bytes - a.bytes);
  const isLarger = largest && largest.bytes > (find(usual.model)?.bytes ?? 0);
  return isLarger ? withContext(largest.model, largest) : usual;
}
