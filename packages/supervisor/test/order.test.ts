import { expect, it } from 'vitest';
import { startOrder, stopGroups } from '../src/order.js';

const item = (name: string, order: number, instance = 1) => ({ name, order, instance });
const shuffled = [item('d', 2), item('b', 1, 2), item('a', 3), item('b', 1, 1), item('c', 1), item('a', 3, 2)];
const names = (items: readonly { name: string; instance: number }[]) =>
  items.map((one) => `${one.name}${one.instance}`);

it('starts in ascending order, equal ones by name and instance', () => {
  expect(names(startOrder(shuffled))).toEqual(['b1', 'b2', 'c1', 'd1', 'a1', 'a2']);
});

it('stops in groups of equal order, descending', () => {
  expect(stopGroups(shuffled).map(names)).toEqual([['a2', 'a1'], ['d1'], ['c1', 'b2', 'b1']]);
  expect(stopGroups([])).toEqual([]);
});
