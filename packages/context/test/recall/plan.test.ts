import { describe, expect, it } from 'vitest';
import { createContext } from '../../src/context.js';
import { type OpenLine, onlyLines, type PlanParts, planContext } from '../../src/recall/plan.js';
import { openDatabase } from '../support/open-database.js';

const made: string[] = [];
const line = (id: string, words: number, label: OpenLine['label'] = 'message'): OpenLine => ({
  label,
  id,
  atMs: 0,
  relevance: null,
  text() {
    made.push(id);
    return 'word '.repeat(words).trim();
  },
});
const parts = (rest: Partial<PlanParts>): PlanParts => ({ pins: [], memories: [], tasks: [], hits: [], ...rest });

describe("a plan's context", () => {
  it('makes no excerpt behind the first hit that has no room', () => {
    made.length = 0;
    const hits = [line('a', 20), line('b', 200), line('c', 5), line('d', 5)];
    const { items, left } = planContext(parts({ hits }), 100, []);
    expect(items.map(({ id }) => id)).toEqual(['a']);
    expect(left).toBe(3);
    expect(made).toEqual(['a', 'b']);
  });

  it('passes a memory that is too long for its share, not the ones behind it', () => {
    const memories = [line('a', 200, 'fact'), line('b', 5, 'fact')];
    const { items, left } = planContext(parts({ memories }), 150, []);
    expect(items.map(({ id }) => id)).toEqual(['b']);
    expect(left).toBe(1);
  });

  it('holds only what an earlier one held, in its order, where that is asked for', () => {
    const all = parts({
      pins: [line('p', 5, 'instruction')],
      memories: [line('m', 5, 'fact')],
      hits: [line('h', 5), line('new', 5)],
    });
    const { items } = planContext(onlyLines(all, ['h', 'gone', 'p']), 200, []);
    expect(items.map(({ id }) => id)).toEqual(['h', 'p']);
    expect(planContext(onlyLines(all, []), 200, [])).toEqual({ items: [], text: '', tokens: 0, left: 0, failed: [] });
  });

  it('is asked for again by its ids', async () => {
    await using database = await openDatabase();
    await using context = createContext({ kysely: database.kysely });
    const { memory: first } = await context.memories.add({ kind: 'fact', text: 'The harbour closes at five.' });
    const query = { goal: 'harbour', project: null };
    const ids = (await context.recall.forPlan(query)).items.map(({ id }) => id);
    expect(ids).toEqual([first.id]);
    await context.memories.add({ kind: 'fact', text: 'Two lighthouses stand at the harbour.' });
    expect((await context.recall.forPlan(query)).items).toHaveLength(2);
    expect((await context.recall.forPlan({ ...query, ids })).items.map(({ id }) => id)).toEqual(ids);
    await context.memories.delete(first.id);
    expect((await context.recall.forPlan({ ...query, ids })).items).toEqual([]);
  });
});
