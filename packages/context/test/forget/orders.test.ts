import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Context, createContext, type Writer } from '../../src/index.js';
import { ownTransactions } from '../../src/store/own-transactions.js';
import { filesWith } from '../support/files-with.js';
import { openDatabase } from '../support/open-database.js';

const canary = 'zqcanaryx';

/** A database with a deletion of a text that was stopped after so many writes. */
async function interrupted(writes: number) {
  const database = await openDatabase();
  const { kysely } = database;
  const stop = new AbortController();
  let left = Number.POSITIVE_INFINITY;
  const inner = ownTransactions(kysely);
  const writer: Writer = {
    async submit(write) {
      if (left-- <= 0) stop.abort();
      stop.signal.throwIfAborted();
      return inner.submit(write);
    },
  };
  await using context = createContext({ kysely, writer });
  await context.conversations.create({ id: 'c' });
  for (let index = 0; index < 40; index++) {
    await context.messages('c').append({ role: 'user', text: `number ${index} ${canary}` });
  }
  left = writes;
  await expect(context.forget({ text: canary }, { signal: stop.signal })).rejects.toThrow();
  left = Number.POSITIVE_INFINITY;
  const orders = () => database.sqlite.prepare("select payload from context_jobs where kind = 'forget'").all();
  const records = () => database.sqlite.prepare('select scope_kind, is_done from context_forgotten order by at').all();
  return { database, orders, records };
}

describe('CONTEXT-5: an order of a deletion that was stopped', () => {
  it.each([1, 2, 4])('is taken over by the same call, and none keeps the text (after %i writes)', async (writes) => {
    const { database, orders, records } = await interrupted(writes);
    await using _ = database;
    expect(orders()).toHaveLength(1);
    await using context = createContext({ kysely: database.kysely });
    await context.forget({ text: canary, owner: 'local' });
    expect(orders()).toEqual([]);
    expect(records()).toEqual([{ scope_kind: 'text', is_done: 1 }]);
    expect(filesWith(dirname(database.path), canary)).toEqual([]);
    expect(await context.recover()).toMatchObject({ deletions: 0 });
  });

  it('is not taken over by a deletion of something else', async () => {
    const { database, orders } = await interrupted(2);
    await using _ = database;
    await using context = createContext({ kysely: database.kysely });
    await context.forget({ text: 'absent' });
    expect(orders()).toHaveLength(1);
    expect(await context.recover()).toMatchObject({ deletions: 1 });
    expect(filesWith(dirname(database.path), canary)).toEqual([]);
  });

  it('goes with everything, and no byte of it is left', async () => {
    const { database, orders, records } = await interrupted(2);
    await using _ = database;
    await using context: Context = createContext({ kysely: database.kysely });
    await context.forget({ everything: true, text: canary });
    expect(orders()).toEqual([]);
    expect(records()).toEqual([
      { scope_kind: 'text', is_done: 1 },
      { scope_kind: 'everything', is_done: 1 },
    ]);
    expect(filesWith(dirname(database.path), canary)).toEqual([]);
    expect(await context.recover()).toMatchObject({ deletions: 0 });
  });
});
