import type { ListMemories, Memory } from '@tale/context';
import { expect, it } from 'vitest';
import { pageOfMemories } from '../../src/ux-agent/memory-pages.js';

/** Memories, newest first. */
const all = [5, 4, 4, 2, 1].map((createdAtMs, at) => ({ id: `m${at}`, createdAtMs }) as Memory);
const listed: ListMemories[] = [];
const memories = (kept: readonly Memory[] = all) => ({
  async list(filter: ListMemories = {}) {
    listed.push(filter);
    return [...kept];
  },
});
const idsOf = (page: { memories: readonly Memory[] }) => page.memories.map(({ id }) => id);

it('goes through all of them once, page by page', async () => {
  const seen: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await pageOfMemories(memories(), { kind: 'fact' }, { limit: 2, cursor: cursor ?? null });
    seen.push(...idsOf(page));
    cursor = page.next;
  }
  expect(seen).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
  expect(listed[0]).toMatchObject({ kind: 'fact' });
});

it('goes on where a memory stood that is gone by now', async () => {
  const page = await pageOfMemories(memories(all.slice(0, 2)), {}, { limit: 2, cursor: null });
  expect(page.next).toBeNull();
  const rest = all.filter(({ id }) => id !== 'm3');
  expect(idsOf(await pageOfMemories(memories(rest), {}, { limit: 9, cursor: '2.m3' }))).toEqual(['m4']);
  expect(idsOf(await pageOfMemories(memories(), {}, { limit: 9, cursor: '0.gone' }))).toEqual([]);
});

it('takes a cursor that is none as the end', async () => {
  expect(idsOf(await pageOfMemories(memories(), {}, { limit: 9, cursor: 'nonsense' }))).toEqual([]);
});
