import { seededRandom } from '@tale/test-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  budgetOf,
  type LearnedMargin,
  learnMargin,
  marginOf,
  marginShare,
  noMargin,
  templateTokens,
  thriftShare,
} from '../../src/window/margin.js';

const learn = (errors: readonly number[], estimate = 4_000) =>
  errors.reduce<LearnedMargin>((learned, error) => learnMargin(learned, estimate, estimate * (1 + error)), noMargin);

it.each([
  ['before anything was learnt', [], 0.1],
  ['after a call that was far below', [-0.3, 0.2], 0.3],
  ['after 30 calls that were never below', Array.from({ length: 30 }, () => 0.2), 0],
  ['after 30 calls that were', Array.from({ length: 30 }, () => -0.25), 0.25],
] as const)('a count may be below its estimate, %s', (_, errors, share) => {
  expect(thriftShare(learn(errors))).toBeCloseTo(share);
});

describe('the share of the margin', () => {
  it.each([
    ['before anything was learnt', [], 0.1],
    ['after a few good calls', [0.01, 0.02, -0.1], 0.1],
    ['after one bad call', [0.01, 0.3], 0.3],
    ['after 30 calls', Array.from({ length: 30 }, (_, index) => (index === 29 ? 0.5 : 0.02)), 0.02],
    ['after 30 calls of a tokenizer that takes less', Array.from({ length: 30 }, () => -0.2), 0],
  ])('%s', (_, errors, share) => {
    expect(marginShare(learn(errors))).toBeCloseTo(share);
  });

  it('follows what is seen now: only 200 calls count', () => {
    expect(marginShare(learn([...Array(300).fill(0.3), ...Array(200).fill(0.01)]))).toBeCloseTo(0.01);
  });

  it.each([-0.3, -0.1, 0.1, 0.3])('of estimates that are off by %d converges in 30 calls', (error) => {
    const random = seededRandom(3);
    const noisy = () => error + (random() - 0.5) * 0.04;
    const learned = learn(Array.from({ length: 30 }, noisy));
    const share = marginShare(learned);
    const later = Array.from({ length: 400 }, noisy);
    expect(later.filter((next) => next > share).length / later.length).toBeLessThanOrEqual(0.12);
    expect(share).toBeLessThanOrEqual(Math.max(0, error) + 0.03);
  });

  it('learns nothing from nothing', () => {
    expect(learnMargin(noMargin, 0, 10)).toBe(noMargin);
    expect(learnMargin(noMargin, 10, 0)).toBe(noMargin);
  });
});

it('short prompts tell what the template adds', () => {
  const four = [20, 22, 24, 900].reduce((learned, more) => learnMargin(learned, 100, 100 + more), noMargin);
  expect(templateTokens(four)).toBe(0);
  expect(templateTokens(learnMargin(four, 100, 121))).toBe(22);
  expect(marginShare(four)).toBe(0.1);
});

describe('a budget', () => {
  it.each([
    [{ contextTokens: 8_192 }, 1_024],
    [{ contextTokens: 4_096 }, 512],
    [{ contextTokens: 131_072 }, 4_096],
    [{ contextTokens: 512 }, 256],
    [{ contextTokens: 8_192, answerTokens: 100 }, 100],
    [{ contextTokens: 8_192, answerTokens: 8_000 }, 4_096],
    [{ contextTokens: 8_192, maxOutputTokens: 300 }, 300],
    [{ contextTokens: 0 }, 0],
  ])('of %j keeps %i free for the answer', (window, reserve) => {
    expect(budgetOf(window, { kind: 'exact' }).reserve).toBe(reserve);
  });

  it('leaves room for its margin and the answer, and not for one token more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 512, max: 200_000 }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (contextTokens, share) => {
          const rule = { kind: 'estimate', share } as const;
          const { reserve, budget } = budgetOf({ contextTokens }, rule);
          expect(budget + marginOf(rule, budget) + reserve).toBeLessThanOrEqual(contextTokens);
          expect(budget + 2 + marginOf(rule, budget + 2) + reserve).toBeGreaterThan(contextTokens);
        },
      ),
    );
  });
});
