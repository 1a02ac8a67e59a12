import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankOf } from '../src/rank.js';

describe('the rank of a task', () => {
  it('puts the higher priority first among tasks of one instant', () => {
    expect(rankOf(1_000, 9, 60_000)).toBeLessThan(rankOf(1_000, 8, 60_000));
  });

  it('TASKS-8: lets no task starve: after 9 levels of aging even priority 0 goes before every newcomer', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 3_600_000 }),
        fc.nat({ max: 9 }),
        (readyAtMs, agingMs, priority) => {
          const newcomerAtMs = readyAtMs + 9 * agingMs + 1;
          expect(rankOf(readyAtMs, 0, agingMs)).toBeLessThan(rankOf(newcomerAtMs, priority, agingMs));
        },
      ),
    );
  });

  it('is an integer, as its column is', () => {
    expect(rankOf(0.5, 3, 0.3)).toBe(Math.round(0.5 - 0.9));
  });
});
