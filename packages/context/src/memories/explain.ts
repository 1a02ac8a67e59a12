import type { Message } from '../messages/types.js';
import type { StoreQueries } from '../store/contract.js';
import { memoryOf, requireMemory } from './memory-of.js';
import type { MemoryExplanation } from './types.js';

/** Where a memory comes from and what became of it. Throws `not-found`. */
export async function explainMemory(queries: StoreQueries, id: string): Promise<MemoryExplanation> {
  const row = await requireMemory(queries, id);
  const { owner, sourceNum, supersededBy } = row;
  const superseded = await queries.memories.list({ owner, states: ['superseded'] });
  const successor = supersededBy === null ? null : await queries.memories.get(supersededBy);
  return {
    memory: memoryOf(row),
    source: sourceNum === null ? null : await sourceOf(queries, sourceNum),
    replaced: superseded.filter((old) => old.supersededBy === id).map(memoryOf),
    replacedBy: successor && memoryOf(successor),
  };
}

async function sourceOf(queries: StoreQueries, num: number): Promise<Message | null> {
  const [found] = await queries.messages.byNum([num]);
  if (!found) return null;
  const { num: _num, ...message } = found;
  return message;
}
