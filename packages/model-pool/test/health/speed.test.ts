import { describe, expect, it } from 'vitest';
import { FirstTokens, judgeSpeed, type SpeedView } from '../../src/health/speed.js';

const view = (more: Partial<SpeedView> = {}): SpeedView => ({
  roles: ['ux', 'planning'],
  firstTokenMs: 1_000,
  tokensPerSecond: 3,
  answers: 5,
  ...more,
});

describe('judgeSpeed', () => {
  const table: [string, Partial<SpeedView>, string[]][] = [
    ['exactly what will do', {}, []],
    ['a first token after more than a second', { firstTokenMs: 1_001 }, ['ux']],
    ['less than three tokens a second', { tokensPerSecond: 2.9 }, ['planning']],
    ['both', { firstTokenMs: 5_000, tokensPerSecond: 1 }, ['ux', 'planning']],
    ['too few answers to judge', { tokensPerSecond: 1, answers: 4 }, []],
    ['nothing measured', { firstTokenMs: null, tokensPerSecond: null }, []],
    ['a role that it does not serve', { roles: ['embed'], firstTokenMs: 9_000, tokensPerSecond: 1 }, []],
  ];
  for (const [name, more, roles] of table)
    it(name, () => expect(judgeSpeed(view(more)).map(({ role }) => role)).toEqual(roles));
});

describe('FirstTokens', () => {
  it('is the median of the newest five, and nothing before there are five', () => {
    const tokens = new FirstTokens();
    for (const valueMs of [9_000, 5, 1, 4]) tokens.add(valueMs);
    expect(tokens.medianMs).toBeNull();
    tokens.add(3);
    expect(tokens.medianMs).toBe(4);
    for (const valueMs of [1, 1, 1]) tokens.add(valueMs);
    expect(tokens.medianMs).toBe(1);
  });
});
