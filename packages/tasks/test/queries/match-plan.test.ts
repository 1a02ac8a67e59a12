import { temporaryDatabase } from '@tale/test-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTasks, migrateTasks } from '../../src/index.js';
import { createTaskReader } from '../../src/queries/index.js';
import { openTasks, submission } from '../support/open-tasks.js';

async function withIds(ids: readonly string[]) {
  const left = [...ids];
  const open = await openTasks({ createId: () => left.shift()! });
  for (const _ of ids) await open.tasks.submit(submission());
  return open;
}

const a = '01J9ZZZZZZAAAAAAAAAA7Q2F9K';
const b = '01J9ZZZZZZBBBBBBBBBB7Q2F9K';
const c = '01J8ZZZZZZCCCCCCCCCC010101';

describe('matching an abbreviated id', () => {
  it.each([
    [a, 'exact', [a]],
    [a.toLowerCase(), 'exact', [a]],
    [` ${c} `, 'exact', [c]],
    ['01J9', 'prefix', [b, a]],
    ['O1j8', 'prefix', [c]],
    ['7q2f9k', 'suffix', [b, a]],
    ['a7q2f9k', 'suffix', [a]],
    ['OlOiOL', 'suffix', [c]],
    ['01J', 'none', []],
    ['', 'none', []],
    ['%%%%', 'none', []],
    ['____', 'none', []],
    ['QQQQ', 'none', []],
    [`${a}0`, 'none', []],
  ])('%s is %s', async (text, kind, ids) => {
    await using open = await withIds([a, b, c]);
    const match = await open.tasks.match(text);
    expect([match.kind, match.tasks.map(({ id }) => id)]).toEqual([kind, ids]);
  });

  it('suggests what is near where nothing matches', async () => {
    await using open = await withIds([a, c]);
    const match = await open.tasks.match('7Q2F9X');
    expect(match).toMatchObject({ kind: 'none', tasks: [], suggestions: [{ id: a, title: 'a task' }] });
  });

  it('gives eleven tasks at most, newest first', async () => {
    const ids = Array.from({ length: 14 }, (_, index) => `01J9ZZZZZZ${String(index).padStart(16, '0')}`);
    await using open = await withIds(ids);
    const { tasks } = await open.tasks.match('01J9');
    expect(tasks.map(({ id }) => id)).toEqual([...ids].reverse().slice(0, 11));
  });

  it('finds each id by each of its beginnings and ends, whatever else there is', async () => {
    const character = fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ');
    const tail = fc.array(character, { minLength: 18, maxLength: 18 }).map((parts) => parts.join(''));
    const spelled = (text: string, lower: boolean) => {
      const confused = text.replaceAll('0', 'O').replaceAll('1', lower ? 'l' : 'I');
      return lower ? confused.toLowerCase() : confused;
    };
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(tail, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 4, max: 26 }),
        fc.boolean(),
        async (tails, length, lower) => {
          await using database = await temporaryDatabase();
          await migrateTasks(database.kysely);
          const ids = tails.map((text) => `01J9ZZZZ${text}`);
          const left = [...ids];
          const tasks = createTasks({ kysely: database.kysely, createId: () => left.shift()! });
          for (const _ of ids) await tasks.submit(submission());
          const reader = createTaskReader(database.sqlite);
          for (const id of ids) {
            for (const part of [id.slice(0, length), id.slice(-length)]) {
              const match = reader.match(spelled(part, lower));
              const exact = ids.filter((other) => other === part);
              const prefix = ids.filter((other) => other.startsWith(part));
              const suffix = ids.filter((other) => other.endsWith(part));
              const expected = exact.length > 0 ? exact : prefix.length > 0 ? prefix : suffix;
              expect(match.tasks.map((task) => task.id)).toEqual(expected.sort().reverse().slice(0, 11));
              expect(match.kind).toBe(exact.length > 0 ? 'exact' : prefix.length > 0 ? 'prefix' : 'suffix');
            }
          }
          await tasks.close();
        },
      ),
      { numRuns: 20 },
    );
  }, 120_000);
});
