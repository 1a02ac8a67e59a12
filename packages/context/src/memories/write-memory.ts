import type { MemoryInsert, MemoryRow, StoreQueries } from '../store/contract.js';
import { findConflict } from './conflict.js';

/** A memory to write and what is known of its place. */
export interface MemoryWrite {
  readonly memory: Pick<
    MemoryInsert,
    'id' | 'owner' | 'project' | 'kind' | 'text' | 'quote' | 'sourceNum' | 'sourceId' | 'origin' | 'pinned'
  >;
  readonly nowMs: number;
  /** Memory whose place it takes in any case. */
  readonly replaces: string | null;
}

/** What was written. */
export interface WrittenMemory {
  readonly row: MemoryRow;
  readonly isDuplicate: boolean;
  readonly superseded: readonly string[];
}

const mostKnown = 2_000;

/** Writes an active memory, raises `uses` of one that says the same, takes the place of those that it contradicts; inside a write transaction. */
export async function writeMemory(
  queries: StoreQueries,
  { memory, nowMs, replaces }: MemoryWrite,
): Promise<WrittenMemory> {
  const known = await activeOf(queries, memory);
  const conflict = findConflict(memory, known);
  if (conflict.duplicateOf !== null && replaces !== conflict.duplicateOf) {
    const row = known.find(({ id }) => id === conflict.duplicateOf)!;
    const change = { uses: row.uses + 1, usedAtMs: nowMs };
    await queries.memories.update(row.num, change);
    return { row: { ...row, ...change }, isDuplicate: true, superseded: [] };
  }
  const row = await queries.memories.insert({
    ...memory,
    state: 'active',
    supersededBy: null,
    validFromMs: nowMs,
    validToMs: null,
    createdAtMs: nowMs,
    usedAtMs: null,
    uses: 0,
  });
  const superseded = [...new Set([...conflict.supersedes, ...(replaces === null ? [] : [replaces])])];
  await supersede(queries, superseded, row.id, nowMs);
  return { row, isDuplicate: false, superseded };
}

/** Active memories that a new one can contradict. */
export async function activeOf(
  queries: StoreQueries,
  { owner, project, kind }: Pick<MemoryInsert, 'owner' | 'project' | 'kind'>,
): Promise<MemoryRow[]> {
  return queries.memories.list({ owner, project, kinds: [kind], states: ['active'], limit: mostKnown });
}

/** Gives the place of memories to another one; both stay readable. */
export async function supersede(
  queries: StoreQueries,
  ids: readonly string[],
  by: string,
  nowMs: number,
): Promise<void> {
  for (const id of ids) {
    const old = await queries.memories.get(id);
    if (old && old.id !== by)
      await queries.memories.update(old.num, { state: 'superseded', supersededBy: by, validToMs: nowMs });
  }
}
