import { ContextError } from '../errors.js';
import type { MemoryRow, StoreQueries } from '../store/contract.js';
import type { Memory } from './types.js';

/** A row as users see it. */
export function memoryOf(row: MemoryRow): Memory {
  const { id, owner, project, kind, text, quote, sourceId, origin, state, supersededBy } = row;
  const { validFromMs, validToMs, createdAtMs, usedAtMs, uses, pinned } = row;
  return {
    id,
    owner,
    project,
    kind,
    text,
    quote,
    sourceId,
    origin,
    state,
    isPinned: pinned,
    supersededBy,
    validFromMs,
    validToMs,
    createdAtMs,
    usedAtMs,
    uses,
  };
}

/** The row of an id. Throws `not-found`. */
export async function requireMemory(queries: StoreQueries, id: string): Promise<MemoryRow> {
  const row = await queries.memories.get(id);
  if (!row) throw new ContextError('not-found', `There is no memory ${id}.`, { id });
  return row;
}
