import { describe, expect, it } from 'vitest';
import { closestIds } from '../../src/queries/closest-ids.js';

const ids = ['01J9ZZZZZZAAAAAAAAAA7Q2F9K', '01J9ZZZZZZBBBBBBBBBB8R3G0M', '01J9ZZZZZZCCCCCCCCCC7Q2F9N'];

describe('ids that are near to a text', () => {
  it.each([
    ['7Q2F9X', 'a wrong character', [ids[0], ids[2]]],
    ['7QF29K', 'two swapped', [ids[0], ids[2]]],
    ['8R3G0', 'one missing at the end', [ids[1]]],
    ['R3GG0M', 'one too many', [ids[1]]],
    ['01J9ZZZZZZAAAAAAAAAA7Q2F9X', 'a whole id with a wrong end', [ids[0]]],
    ['XXXX', 'nothing near', []],
    ['8R3GXX', 'two wrong in six', [ids[1]]],
    ['3GXX', 'two wrong in four', []],
  ])('%s: %s', (text, _, expected) => {
    expect(closestIds(text, ids)).toEqual(expected);
  });

  it('gives three at most', () => {
    expect(
      closestIds(
        '7Q2F9',
        [1, 2, 3, 4, 5].map((end) => `01J${end}7Q2F8`),
      ),
    ).toHaveLength(3);
  });
});
