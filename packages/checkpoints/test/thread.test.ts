import { temporaryDatabase } from '@tale/test-kit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCheckpoints, type JsonValue, migrateCheckpoints } from '../src/index.js';

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !/"(__proto__|constructor)":/.test(JSON.stringify(value)));
const state = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), json);

// CHECKPOINTS-2
it('is at every step the same as a list of states in memory, over restarts, deletions and lost leases', async () => {
  await using database = await temporaryDatabase();
  await migrateCheckpoints(database.kysely);
  const action = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('state' as const), state }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('ops' as const), value: json }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('refused' as const), state }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const) }) },
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 15 }), async (actions) => {
      const id = `t${run++}`;
      let thread = createCheckpoints({ kysely: database.kysely }).thread(id);
      let model: Record<string, JsonValue>[] = [];
      for (const each of actions) {
        if (each.kind === 'state') {
          await thread.append({ state: each.state });
          model.push(plain(each.state));
        } else if (each.kind === 'ops') {
          await thread.append({ ops: [['=', ['e'], each.value as JsonValue]] });
          model.push({ ...model.at(-1), e: plain(each.value) });
        } else if (each.kind === 'restart') thread = createCheckpoints({ kysely: database.kysely }).thread(id);
        else if (each.kind === 'refused') {
          const lost = thread.append({ state: each.state }, { guard: async () => false });
          await expect(lost).rejects.toMatchObject({ code: 'lease-lost' });
        } else {
          await thread.delete();
          model = [];
        }
      }
      for (const [index, expected] of model.entries()) {
        expect(plain((await thread.load(index + 1))?.state)).toEqual(expected);
      }
      expect((await thread.load())?.step ?? 0).toBe(model.length);
      expect((await thread.verify()).damaged).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

it('gives a state that cannot be edited, so that no edit is lost', async () => {
  await using database = await temporaryDatabase();
  await migrateCheckpoints(database.kysely);
  const thread = createCheckpoints({ kysely: database.kysely }).thread('t');
  await thread.append({ state: { list: [{ text: 'a' }], rest: { big: [1, 2, 3] } } });
  const { state: loaded } = (await thread.load()) as { state: { list: { text: string }[]; rest: object } };
  expect(() => {
    loaded.list[0]!.text = 'b';
  }).toThrow(TypeError);
  await thread.append({ state: { ...loaded, list: [...loaded.list, { text: 'b' }] } });
  const [, second] = await thread.steps();
  expect(second?.rawBytes).toBeLessThan(70);
  const again = (await thread.load()) as { state: { rest: object } };
  expect(again.state.rest).toBe(loaded.rest);
});

it('takes the time of a step from the clock', async () => {
  await using database = await temporaryDatabase();
  await migrateCheckpoints(database.kysely);
  const thread = createCheckpoints({ kysely: database.kysely, clock: { now: () => 42 } }).thread('t');
  await thread.append({ state: {} });
  expect((await thread.steps())[0]?.atMs).toBe(42);
});

it('refuses a change that is none', async () => {
  await using database = await temporaryDatabase();
  await migrateCheckpoints(database.kysely);
  const thread = createCheckpoints({ kysely: database.kysely }).thread('t');
  await expect(thread.append({} as never)).rejects.toMatchObject({ code: 'invalid-operation', retryable: false });
  const meta = { when: new Date(0) } as never;
  await expect(thread.append({ ops: [] }, { meta })).rejects.toMatchObject({ code: 'invalid-value', key: 'meta.when' });
});
