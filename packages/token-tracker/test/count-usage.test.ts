import { expect, it } from 'vitest';
import { countUsage } from '../src/count-usage.js';
import type { Usage } from '../src/index.js';

const good: Usage = {
  inputTokens: 10,
  outputTokens: 4,
  cacheReadTokens: 6,
  cacheWriteTokens: null,
  reasoningTokens: 1,
  source: 'reported',
};
const count = (usage: unknown, expected: number | null = 7, progress = 3) =>
  countUsage({ usage: usage as Usage, estimatedInputTokens: expected }, progress);

it('good counts are taken as they are', () => {
  expect(count(good)).toEqual({ usage: good, badUsage: null });
});

it('0 and 2^40 are counts', () => {
  for (const tokens of [0, 2 ** 40]) {
    const usage = { ...good, inputTokens: tokens, outputTokens: tokens, cacheReadTokens: null, reasoningTokens: null };
    expect(count(usage)).toEqual({ usage, badUsage: null });
  }
});

it('a bad output count is replaced by the last progress and makes the usage estimated', () => {
  expect(count({ ...good, outputTokens: -5 })).toEqual({
    usage: { ...good, outputTokens: 3, source: 'estimated' },
    badUsage: { outputTokens: '-5' },
  });
});

it('a bad input count without an estimate becomes 0, and its cache parts unknown', () => {
  expect(count({ ...good, inputTokens: Number.NaN }, null)).toEqual({
    usage: { ...good, inputTokens: 0, cacheReadTokens: null, source: 'estimated' },
    badUsage: { inputTokens: 'NaN', cacheReadTokens: '6' },
  });
});

it('a bad part becomes unknown and leaves the rest as reported', () => {
  expect(count({ ...good, cacheReadTokens: 0.5 })).toEqual({
    usage: { ...good, cacheReadTokens: null },
    badUsage: { cacheReadTokens: '0.5' },
  });
});

it('usage that is missing, or no object of counts, is estimated', () => {
  const missing = { inputTokens: 'missing', outputTokens: 'missing' };
  for (const usage of [undefined, null, {}]) {
    expect(count(usage)).toMatchObject({
      usage: { inputTokens: 7, outputTokens: 3, cacheReadTokens: null, source: 'estimated' },
      badUsage: missing,
    });
  }
});

it('a number told as text is refused', () => {
  expect(count({ ...good, inputTokens: '10' }).badUsage).toEqual({ inputTokens: '10' });
});

it('an unknown source is taken for an estimate', () => {
  expect(count({ ...good, source: 'guess' }).usage.source).toBe('estimated');
});
