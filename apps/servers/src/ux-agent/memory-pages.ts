import type { ListMemories, Memories, Memory } from '@tale/context';

/** A page of memories, newest first. */
export interface MemoryPage {
  readonly memories: readonly Memory[];
  /** Cursor of the next page, `null` if there is none. */
  readonly next: string | null;
}

/** More than any person keeps; the library has no pages of its own. */
const most = 100_000;

/** A page of the memories that a filter takes, behind the one that the cursor names. */
export async function pageOfMemories(
  memories: Pick<Memories, 'list'>,
  filter: ListMemories,
  { limit, cursor }: { readonly limit: number; readonly cursor: string | null },
): Promise<MemoryPage> {
  const all = await memories.list({ ...filter, limit: most });
  const from = cursor === null ? 0 : placeBehind(all, cursor);
  const page = all.slice(from, from + limit);
  const last = page.at(-1);
  return { memories: page, next: last && all.length > from + limit ? `${last.createdAtMs}.${last.id}` : null };
}

/** Behind the memory itself, or where it stood before it was deleted. */
function placeBehind(memories: readonly Memory[], cursor: string): number {
  const dot = cursor.indexOf('.');
  const at = memories.findIndex(({ id }) => id === cursor.slice(dot + 1));
  if (at >= 0) return at + 1;
  const atMs = Number(cursor.slice(0, dot));
  const older = memories.findIndex(({ createdAtMs }) => createdAtMs < atMs);
  return older < 0 ? memories.length : older;
}
