import { temporaryDatabase } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { createCheckpoints, type Limits, migrateCheckpoints, type Operation } from '../src/index.js';

async function open(limits: Limits) {
  const database = await temporaryDatabase();
  await migrateCheckpoints(database.kysely);
  const thread = createCheckpoints({ kysely: database.kysely, limits }).thread('t');
  return { ...database, thread, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}
const text = 'x'.repeat(100);

it.each<[string, Limits, Operation[], string]>([
  ['a value', { valueBytes: 100 }, [['=', ['a'], text]], 'a'],
  [
    'an appended item',
    { valueBytes: 100 },
    [
      ['=', ['l'], []],
      ['+', ['l'], [1, text]],
    ],
    'l[1]',
  ],
  [
    'a spliced item',
    { valueBytes: 100 },
    [
      ['=', ['l'], [1]],
      ['~', ['l'], 0, 1, [text]],
    ],
    'l[0]',
  ],
  [
    'a text that grows',
    { valueBytes: 150 },
    [
      ['=', ['my text'], text],
      ['.', ['my text'], text],
    ],
    '["my text"]',
  ],
  [
    'a step',
    { stepBytes: 100 },
    [
      ['=', ['b'], 1],
      ['=', ['a'], text],
    ],
    'a',
  ],
  [
    'a state',
    { stateBytes: 150 },
    [
      ['=', ['a'], text],
      ['=', ['b'], text],
    ],
    'b',
  ],
])('refuses %s over its limit and names the key', async (_, limits, ops, key) => {
  await using store = await open(limits);
  const limitBytes = Object.values(limits)[0];
  await expect(store.thread.append({ ops })).rejects.toMatchObject({
    code: 'checkpoint-too-large',
    retryable: false,
    key,
    limitBytes,
  });
  expect(await store.thread.load()).toBeNull();
  expect((await store.thread.append({ ops: [['=', ['small'], 1]] })).step).toBe(1);
});

it('counts what goes away, so that a state that only changes does not grow to its limit', async () => {
  await using store = await open({ stateBytes: 1_000 });
  await store.thread.append({ ops: [['=', ['list'], []]] });
  for (let round = 0; round < 50; round++) {
    await store.thread.append({ ops: [['=', ['a'], text + round]] });
    await store.thread.append({ ops: [['+', ['list'], [text]]] });
    await store.thread.append({ ops: [['~', ['list'], 0, 1, []]] });
    await store.thread.append({ ops: [['=', ['b'], text]] });
    await store.thread.append({ ops: [['-', ['b']]] });
  }
  const { state_bytes } = store.sqlite.prepare('select state_bytes from ckpt_thread').get() as { state_bytes: number };
  const real = JSON.stringify((await store.thread.load())?.state).length;
  expect(Math.abs(state_bytes - real)).toBeLessThan(20);
});

it('keeps large steps, compressed aside', async () => {
  await using store = await open({});
  const large = 'tale '.repeat(100_000);
  await store.thread.append({ state: { large } });
  const again = createCheckpoints({ kysely: store.open().kysely }).thread('t');
  expect((await again.load())?.state).toMatchObject({ large });
  expect((await again.verify()).damaged).toEqual([]);
});
