import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseSlot, sharedTokens } from '../../src/schedule/slots.js';

const slot = (tokens: number[], lastUsed: number) => ({ tokens, lastUsed });
const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

describe('slot for a prompt', () => {
  it('is the one that holds the longest beginning of it', () => {
    const free = [slot(range(0, 20), 1), slot(range(0, 40), 2), slot(range(500, 90), 3)];
    expect(chooseSlot(free, range(0, 60))).toBe(1);
    expect(chooseSlot(free, [...range(0, 30), 9_999])).toBe(1);
    expect(chooseSlot(free, range(500, 20))).toBe(2);
  });

  it('is the longest unused one where none holds more than what all prompts begin with', () => {
    const free = [slot(range(0, 40), 7), slot(range(0, 15), 3), slot([], 5)];
    expect(chooseSlot(free, [...range(0, 15), 9_999, ...range(0, 20)])).toBe(1);
    expect(chooseSlot(free, range(700, 10))).toBe(1);
    expect(chooseSlot([slot([], 2), slot([], 1)], [])).toBe(1);
    expect(chooseSlot([], range(0, 10))).toBe(-1);
  });

  it('is always a free one, and never holds less of the prompt than another', () => {
    const tokens = fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fc.tuple(tokens, fc.nat(9)), { minLength: 1, maxLength: 5 }), tokens, (held, prompt) => {
        const free = held.map(([each, lastUsed]) => slot(each, lastUsed));
        const chosen = free[chooseSlot(free, prompt)];
        const counted = free
          .map((each) => sharedTokens(each.tokens, prompt))
          .map((shared) => (shared < 16 ? 0 : shared));
        expect(chosen && Math.max(0, sharedTokens(chosen.tokens, prompt))).toBeGreaterThanOrEqual(Math.max(...counted));
      }),
    );
  });
});
