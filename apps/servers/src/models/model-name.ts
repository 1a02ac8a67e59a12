import type { InstalledModel } from '@tale/model-pool';
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
