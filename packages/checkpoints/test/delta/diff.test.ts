import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copyValue } from '../../src/delta/copy-value.js';
import { diffStates } from '../../src/delta/diff.js';
import type { JsonValue } from '../../src/types.js';
import { applyOperations } from '../support/apply-operations.js';

const diff = (before: unknown, after: unknown) => {
  const old = copyValue(before, []);
  return diffStates(old, copyValue(after, [], old));
};

it.each<[string, unknown, unknown, unknown]>([
  ['nothing', { a: 1 }, { a: 1 }, []],
  [
    'a member',
    { a: 1, b: 2 },
    { a: 3, c: 4 },
    [
      ['-', ['b']],
      ['=', ['a'], 3],
      ['=', ['c'], 4],
    ],
  ],
  ['streamed text', { t: 'Hel' }, { t: 'Hello' }, [['.', ['t'], 'lo']]],
  ['a text that began empty', { t: '' }, { t: 'x' }, [['=', ['t'], 'x']]],
  ['appended items', { a: [1] }, { a: [1, 2, 3] }, [['+', ['a'], [2, 3]]]],
  ['an item put in front', { a: [1, 2] }, { a: [0, 1, 2] }, [['~', ['a'], 0, 0, [0]]]],
  ['an item taken out', { a: [1, 2, 3] }, { a: [1, 3] }, [['~', ['a'], 1, 1, []]]],
  [
    'an edited item',
    { a: [{ x: 1, y: 'long enough' }, 2] },
    { a: [{ x: 2, y: 'long enough' }, 2] },
    [['=', ['a', 0, 'x'], 2]],
  ],
  ['another kind', { a: [] }, { a: {} }, [['=', ['a'], {}]]],
  ['the whole', [1], 'x', [['=', [], 'x']]],
  ['null', { a: null }, { a: 1 }, [['=', ['a'], 1]]],
])('finds %s', (_, before, after, operations) => {
  expect(JSON.parse(JSON.stringify(diff(before, after)))).toEqual(operations);
});

it('finds an edit of an old element beside new ones', () => {
  const long = 'x'.repeat(50);
  const operations = diff(
    {
      a: [
        { t: 'a', long },
        { t: 'b', long },
      ],
    },
    { a: [{ t: 'A', long }, { t: 'b', long }, 3] },
  );
  expect(JSON.parse(JSON.stringify(operations))).toEqual([
    ['=', ['a', 0, 't'], 'A'],
    ['~', ['a'], 2, 0, [3]],
  ]);
});

it('finds hundreds of thousands of edits of one array', () => {
  const long = 'x'.repeat(50);
  const items = (count: number) =>
    Array.from({ length: 200_000 }, (_, index) => ({ long, count: index % 2 ? count : 0 }));
  const before = copyValue({ items: items(1).map((item) => ({ ...item, count: 7 })) }, []);
  const operations = diffStates(before, copyValue({ items: items(2) }, [], before));
  expect(operations).toHaveLength(200_000);
  expect(operations.at(-1)).toEqual(['=', ['items', 199_999, 'count'], 2]);
});

const json = fc.jsonValue({ maxDepth: 5 }).filter((value) => !/"(__proto__|constructor)":/.test(JSON.stringify(value)));
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

/** Changes a value in place, at places that `choose` picks. */
function mutate(value: unknown, choose: (below: number) => number, fresh: JsonValue): unknown {
  if (typeof value === 'string' && choose(2) === 0) return value + JSON.stringify(fresh);
  if (typeof value !== 'object' || value === null) return structuredClone(fresh);
  const target = value as Record<string, unknown> & unknown[];
  if (Array.isArray(value)) {
    const index = choose(value.length + 1);
    const kind = choose(4);
    if (kind === 0 || value.length === 0) value.push(structuredClone(fresh));
    else if (kind === 1) value.splice(index, choose(3), structuredClone(fresh));
    else if (kind === 2) value.splice(index, 1 + choose(2));
    else if (index < value.length) value[index] = mutate(value[index], choose, fresh);
    return value;
  }
  const keys = Object.keys(target);
  const key = keys[choose(keys.length || 1)];
  const kind = choose(3);
  if (kind === 0 || key === undefined) target[`k${choose(5)}`] = structuredClone(fresh);
  else if (kind === 1) delete target[key];
  else target[key] = mutate(target[key], choose, fresh);
  return value;
}

// CHECKPOINTS-2
it('gives operations that lead from any state to any other', () => {
  fc.assert(
    fc.property(json, json, (before, after) => {
      const old = copyValue(before, []);
      expect(plain(applyOperations(old, diff(before, after)))).toEqual(plain(after));
      expect(plain(old)).toEqual(plain(before));
    }),
    { numRuns: 500 },
  );
});

// CHECKPOINTS-2
it('finds every edit in place, however deep', () => {
  const choices = fc.infiniteStream(fc.nat(1_000));
  fc.assert(
    fc.property(
      fc.array(json, { minLength: 1 }),
      fc.array(json, { minLength: 1, maxLength: 6 }),
      choices,
      (list, fresh, stream) => {
        const state: { list: unknown } = { list: plain(list) };
        let kept = copyValue(state, []);
        for (const value of fresh) {
          state.list = mutate(state.list, (below) => stream.next().value % below, value as JsonValue);
          const next = copyValue(state, [], kept);
          const operations = diffStates(kept, next);
          kept = applyOperations(kept, plain(operations));
          expect(plain(kept)).toEqual(plain(state));
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

it('gives the same object back where nothing changed, so that immutable updates cost only what they touch', () => {
  const old = copyValue({ a: { b: [1, 2] }, c: { d: 1 } }, []) as Record<string, JsonValue>;
  const next = copyValue({ ...old, c: { d: 2 } }, [], old) as Record<string, JsonValue>;
  expect(next.a).toBe(old.a);
  expect(copyValue({ a: { b: [1, 2] }, c: { d: 1 } }, [], old)).toBe(old);
});
