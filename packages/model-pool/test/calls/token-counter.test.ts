import { describe, expect, it } from 'vitest';
import { createTokenCounter } from '../../src/calls/token-counter.js';
import { silentLogger } from '../../src/system.js';
import { openPool } from '../setup/open-pool.js';

function build(count?: (text: string) => number) {
  const warned: unknown[] = [];
  const counter = createTokenCounter(count, { ...silentLogger, warn: (fields) => warned.push(fields) });
  return { counter, warned };
}

describe('a counter of tokens', () => {
  it('is the one that was given, else a quarter of the characters', () => {
    expect(build((text) => text.length).counter('four')).toBe(4);
    expect(build().counter('12345')).toBe(2);
  });

  const failing: [string, (text: string) => number][] = [
    [
      'throws',
      () => {
        throw new Error('Disallowed special token found: <|endoftext|>');
      },
    ],
    ['gives no number', () => Number.NaN],
    ['gives less than nothing', () => -1],
    ['has no end', () => Number.POSITIVE_INFINITY],
  ];

  it.each(failing)('that %s is told of once, and the text is estimated', (_, count) => {
    const { counter, warned } = build(count);
    expect([counter('12345'), counter('1234')]).toEqual([2, 1]);
    expect(warned).toMatchObject([{ error: expect.any(Error) }]);
  });

  it.each(failing)('that %s costs no call', async (_, countTokens) => {
    await using opened = await openPool({ countTokens });
    const { text, end } = await opened.pool.generate({ role: 'ux', prompt: 'x [say <|endoftext|>]' });
    expect(text).toBe('<|endoftext|>');
    expect(end).toMatchObject({ status: 'ok', estimatedInputTokens: 6 });
  });
});
