import { expect, it } from 'vitest';
import { copyValue, maximumDepth } from '../../src/delta/copy-value.js';
import type { JsonValue, Operation } from '../../src/types.js';
import { applyOperations } from '../support/apply-operations.js';

const apply = (state: unknown, ...operations: unknown[]) =>
  applyOperations(copyValue(state, []), operations as Operation[]);
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

it.each<[string, unknown, unknown[], unknown]>([
  ['sets a member', {}, [['=', ['a'], { b: 1 }]], { a: { b: 1 } }],
  ['sets an element', { a: [1, 2] }, [['=', ['a', 1], null]], { a: [1, null] }],
  [
    'sets below what was null',
    { a: [null] },
    [
      ['=', ['a', 0], {}],
      ['=', ['a', 0, 'b'], 1],
    ],
    { a: [{ b: 1 }] },
  ],
  ['sets the whole', { a: 1 }, [['=', [], [1]]], [1]],
  ['takes a member out', { a: 1, b: 2 }, [['-', ['a']]], { b: 2 }],
  ['appends items', { a: [1] }, [['+', ['a'], [2, 3]]], { a: [1, 2, 3] }],
  ['appends to the whole', [1], [['+', [], [2]]], [1, 2]],
  ['splices', { a: [1, 2, 3] }, [['~', ['a'], 1, 1, ['x', 'y']]], { a: [1, 'x', 'y', 3] }],
  ['splices at the end', { a: [1] }, [['~', ['a'], 1, 0, [2]]], { a: [1, 2] }],
  ['appends text', { t: ['Hel'] }, [['.', ['t', 0], 'lo']], { t: ['Hello'] }],
  ['appends to a whole text', 'Hel', [['.', [], 'lo']], 'Hello'],
  ['leaves undefined members out', {}, [['=', ['a'], { b: undefined }]], { a: {} }],
  [
    'makes lone surrogates well-formed',
    {},
    [
      ['=', ['a\ud800'], 'x\udfff'],
      ['.', ['a\ufffd'], '\ud800'],
    ],
    { 'a\ufffd': 'x\ufffd\ufffd' },
  ],
  ['writes zero without its sign', {}, [['=', ['a'], -0]], { a: 0 }],
])('%s', (_, state, operations, expected) => {
  const before = copyValue(state, []);
  const copy = plain(before);
  expect(plain(applyOperations(before, operations as Operation[]))).toEqual(expected);
  expect(plain(before)).toEqual(copy);
});

it.each<[string, unknown, unknown]>([
  ['a missing member', {}, ['-', ['a']]],
  ['a missing parent', {}, ['=', ['a', 'b'], 1]],
  ['a parent that is a text', { a: 'x' }, ['=', ['a', 'b'], 1]],
  ['an element beyond the end', { a: [1] }, ['=', ['a', 1], 2]],
  ['a name in an array', { a: [1] }, ['=', ['a', 'length'], 0]],
  ['an index in an object', { a: {} }, ['=', ['a', 0], 1]],
  ['taking out an element', { a: [1] }, ['-', ['a', 0]]],
  ['taking out the whole', {}, ['-', []]],
  ['appending items to an object', { a: {} }, ['+', ['a'], [1]]],
  ['items that are no list', { a: [] }, ['+', ['a'], 'x']],
  ['a splice beyond the end', { a: [1] }, ['~', ['a'], 1, 1, []]],
  ['a splice at -1', { a: [1] }, ['~', ['a'], -1, 0, []]],
  ['a splice of half an element', { a: [1] }, ['~', ['a'], 0, 0.5, []]],
  ['text after a number', { a: 1 }, ['.', ['a'], 'x']],
  ['text that is a number', { a: 'x' }, ['.', ['a'], 1]],
  ['an unknown kind', {}, ['*', ['a'], 1]],
  ['no path', {}, ['=', 'a', 1]],
  ['a path of other things', {}, ['=', [null], 1]],
  ['a negative index', { a: [1] }, ['=', ['a', -1], 1]],
  ['an endless path', {}, ['=', new Array(maximumDepth + 1).fill('a'), 1]],
  ['no list', {}, { kind: '=' }],
  ['nothing', {}, null],
])('refuses %s', (_, state, operation) => {
  expect(() => apply(state, operation)).toThrow(
    expect.objectContaining({ code: 'invalid-operation', retryable: false }),
  );
});

// CHECKPOINTS-5
it.each<[string, unknown]>([
  ['__proto__ in a path', ['=', ['__proto__', 'polluted'], true]],
  ['__proto__ as a key', ['=', ['__proto__'], { polluted: true }]],
  ['constructor in a path', ['=', ['constructor', 'prototype', 'polluted'], true]],
  ['__proto__ in a value', ['=', ['a'], JSON.parse('{"b":[{"__proto__":{"polluted":true}}]}')]],
  ['constructor in a value', ['=', ['a'], { constructor: 1 }]],
  ['a date', ['=', ['a'], new Date(0)]],
  ['a map', ['=', ['a'], new Map()]],
  ['an object of a class', ['=', ['a'], new (class Point {})()]],
  ['a function', ['=', ['a'], () => 1]],
  ['an object that writes itself', ['=', ['a'], { toJSON: () => 1 }]],
  ['a big integer', ['=', ['a'], 1n]],
  ['NaN', ['=', ['a'], Number.NaN]],
  ['undefined', ['=', ['a'], undefined]],
  ['a hole in an array', ['=', ['a'], new Array(1)]],
])('refuses %s', (_, operation) => {
  expect(() => apply({}, operation)).toThrow(expect.objectContaining({ code: 'invalid-value', retryable: false }));
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

it('takes a depth of 64 and refuses 65, also where a path adds to it', () => {
  const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as JsonValue;
  expect(apply({}, ['=', ['a'], nested(maximumDepth - 1)])).toHaveProperty('a');
  expect(() => apply({}, ['=', ['a'], nested(maximumDepth)])).toThrow(
    expect.objectContaining({ code: 'invalid-value' }),
  );
  const path = new Array(maximumDepth - 1).fill('a');
  const deep = path.reduceRight<JsonValue>((inner) => ({ a: inner }), 1);
  expect(() => apply(deep, ['=', path, nested(2)])).toThrow(expect.objectContaining({ code: 'invalid-value' }));
});

it('gives frozen objects without a prototype, whatever names they have', () => {
  const state = apply({}, ['=', ['toString'], { hasOwnProperty: 1 }], ['=', ['list'], []], ['+', ['list'], [1]]);
  expect(Object.getPrototypeOf(state)).toBeNull();
  expect(Object.isFrozen(state)).toBe(true);
  expect(Object.isFrozen((state as { list: unknown }).list)).toBe(true);
  expect(() => {
    (state as { list: unknown[] }).list.push(1);
  }).toThrow(TypeError);
});

it('appends more items at once than a call takes arguments', () => {
  const items = new Array(300_000).fill(1);
  const state = apply({ a: [] }, ['+', ['a'], items], ['~', ['a'], 0, 0, items]) as { a: unknown[] };
  expect(state.a).toHaveLength(600_000);
});
