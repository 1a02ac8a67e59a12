import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import type { LoadSize } from './estimate.js';

/** What models were seen to hold, by file and by what they were loaded with. */
export interface SeenMemory {
  /** Bytes, `null` where it was not seen yet. */
  find(digest: string, size: LoadSize): number | null;
  /** Notes the most that a child held. */
  note(digest: string, size: LoadSize, bytes: number): void;
  /** Resolves when everything that was noted is kept. */
  flush(): Promise<void>;
}

const weight = 0.3; // of what was seen last
const mostEntries = 500;
const fileSchema = z.record(z.string(), z.number().check(z.gt(0)));

const keyOf = (digest: string, { contextTokens, slots, batchTokens }: LoadSize) =>
  [digest, contextTokens, slots, batchTokens].join(' ');

/** The mean of what was seen, the last one counting 30 %; a larger one counts at once, since too little is worse than too much. */
export function meanBytes(before: number | null, bytes: number): number {
  if (before === null || bytes > before) return bytes;
  return Math.round((1 - weight) * before + weight * bytes);
}

/** What was seen, kept in a file; one that cannot be read is begun anew. Writes are best effort: losing one costs an estimate. */
export async function openSeenMemory(path: string): Promise<SeenMemory> {
  const entries = new Map(Object.entries(await readEntries(path)));
  let writing: Promise<void> = Promise.resolve();
  const write = async () => {
    const temporary = `${path}.new`;
    await writeFile(temporary, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 });
    await rename(temporary, path);
  };
  return {
    find: (digest, size) => entries.get(keyOf(digest, size)) ?? null,
    note(digest, size, bytes) {
      const key = keyOf(digest, size);
      const before = entries.get(key) ?? null;
      entries.delete(key);
      entries.set(key, meanBytes(before, bytes));
      const oldest = entries.keys().next().value;
      if (entries.size > mostEntries && oldest !== undefined) entries.delete(oldest);
      writing = writing.then(write).catch(() => {});
    },
    flush: () => writing,
  };
}

async function readEntries(path: string): Promise<Record<string, number>> {
  try {
    const parsed = z.safeParse(fileSchema, JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}
