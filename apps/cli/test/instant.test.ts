import { describe, expect, it } from 'vitest';
import { formatAge, formatClock, formatInstant, parseInstant } from '../src/instant.js';

const nowMs = new Date('2027-01-31T14:02:11').getTime();

describe('parseInstant', () => {
  it.each([
    ['now', nowMs],
    ['today', new Date('2027-01-31T00:00').getTime()],
    ['yesterday', new Date('2027-01-30T00:00').getTime()],
    ['2h', nowMs - 7_200_000],
    ['2027-01-01', new Date('2027-01-01T00:00').getTime()],
    ['2027-01-01T10:00', new Date('2027-01-01T10:00').getTime()],
    ['2027-01-01T10:00:00Z', Date.UTC(2027, 0, 1, 10)],
  ])('%s', (text, ms) => {
    expect(parseInstant(text, nowMs)).toBe(ms);
  });

  it.each(['', '5', 'soon', '2027-13-45', '01.02.2027'])('refuses %j', (text) => {
    expect(parseInstant(text, nowMs)).toBeNull();
  });
});

describe('formatting', () => {
  it('shows the date only of another day', () => {
    expect(formatInstant(nowMs, nowMs)).toBe('14:02:11');
    expect(formatInstant(nowMs - 86_400_000, nowMs)).toBe('2027-01-30 14:02:11');
    expect(formatClock(nowMs)).toBe('14:02:11');
  });

  it.each([
    [0, 'now'],
    [40, '40 s'],
    [300, '5 min'],
    [10_800, '3 h'],
    [172_800, '2 d'],
  ])('%i s ago is %s', (seconds, text) => {
    expect(formatAge(nowMs - seconds * 1_000, nowMs)).toBe(text);
  });
});
