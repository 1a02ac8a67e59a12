import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeSegments, groupLevel, uncoveredParts } from '../../src/summaries/segments.js';

const unit = (fromSeq: number, tokens: number) => ({ fromSeq, toSeq: fromSeq + 1, tokens });

describe('segments', () => {
  it.each([
    ['nothing', [], true, []],
    ['a short end stays open', [100, 100], false, []],
    ['a short end that left is closed', [100, 100], true, [[1, 4]]],
    ['2,000 tokens close one', [1_000, 1_000, 10], false, [[1, 4]]],
    [
      'a unit above 2,000 tokens is one alone',
      [9_000, 10],
      true,
      [
        [1, 2],
        [3, 4],
      ],
    ],
    [
      '16 units close one',
      Array.from({ length: 17 }, () => 10),
      true,
      [
        [1, 32],
        [33, 34],
      ],
    ],
  ] as const)('%s', (_, sizes, isClosed, expected) => {
    const made = closeSegments(
      sizes.map((tokens, index) => unit(index * 2 + 1, tokens)),
      isClosed,
    );
    expect(made.map(({ fromSeq, toSeq }) => [fromSeq, toSeq])).toEqual(expected);
  });

  it('of 100,000 tokens are 50, 12 and 3 on three levels', () => {
    const zero = closeSegments(
      Array.from({ length: 500 }, (_, index) => unit(index * 2 + 1, 200)),
      false,
    );
    const one = groupLevel(zero);
    const two = groupLevel(one);
    expect([zero.length, one.length, two.length]).toEqual([50, 12, 3]);
    expect(two[0]).toMatchObject({ fromSeq: 1, toSeq: zero[15]!.toSeq });
  });

  it('of a level wait for the fourth, and a gap begins anew', () => {
    const at = (fromSeq: number) => ({ fromSeq, toSeq: fromSeq });
    expect(groupLevel([at(1), at(2), at(3)])).toEqual([]);
    expect(groupLevel([at(1), at(2), at(4), at(5), at(6), at(7)]).map(({ fromSeq }) => fromSeq)).toEqual([4]);
  });
});

describe('what no summary covers', () => {
  it('and what some cover is the whole, without overlap', () => {
    const ranges = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 15 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(ranges, fc.integer({ min: 1, max: 50 }), (list, toSeq) => {
        const covered = list.map(([fromSeq, length]) => ({ fromSeq, toSeq: fromSeq + length }));
        const parts = uncoveredParts({ fromSeq: 1, toSeq }, covered);
        for (let seq = 1; seq <= toSeq; seq++) {
          const isCovered = covered.some((range) => range.fromSeq <= seq && seq <= range.toSeq);
          expect(parts.filter((part) => part.fromSeq <= seq && seq <= part.toSeq)).toHaveLength(isCovered ? 0 : 1);
        }
        expect(parts.every((part) => part.fromSeq <= part.toSeq && part.toSeq <= toSeq)).toBe(true);
      }),
    );
  });
});
