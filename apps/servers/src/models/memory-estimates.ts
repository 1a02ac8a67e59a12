import { readFile } from 'node:fs/promises';
import { writePrivateFile } from '@tale/config';
import type { MemoryEstimate, MemoryEstimates } from '@tale/model-pool';

const format = 'tale.model-memory/1';

/** Learnt sizes of models in a file; one that cannot be read counts as none, for everything in it can be learnt again. */
export function fileEstimates(path: string): MemoryEstimates {
  return {
    async load() {
      try {
        const kept = JSON.parse(await readFile(path, 'utf8')) as { format?: unknown; estimates?: unknown };
        if (kept.format !== format || !Array.isArray(kept.estimates)) return [];
        return kept.estimates.filter(isEstimate);
      } catch {
        return [];
      }
    },
    save: (estimates) => writePrivateFile(path, `${JSON.stringify({ format, estimates })}\n`),
  };
}

function isEstimate(value: unknown): value is MemoryEstimate {
  if (value === null || typeof value !== 'object') return false;
  const { digest, ...numbers } = value as MemoryEstimate;
  const all = [numbers.contextTokens, numbers.slots, numbers.meanBytes, numbers.sigmaBytes, numbers.loads];
  return typeof digest === 'string' && all.every((number) => Number.isFinite(number) && number >= 0);
}
