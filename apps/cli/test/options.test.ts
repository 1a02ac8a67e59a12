import { describe, expect, it } from 'vitest';
import { readChoices, readDuration, readInstant, readInteger } from '../src/options.js';

const usage = { envelope: { code: 'usage' }, exitCode: 2 };
const failureOf = (work: () => unknown) => {
  try {
    work();
    return null;
  } catch (error) {
    return error;
  }
};

describe('options', () => {
  it('are null or empty where they are not given', () => {
    expect(readInteger('--limit', undefined, { least: 1, most: 9 })).toBeNull();
    expect(readDuration('--max-time', undefined)).toBeNull();
    expect(readInstant('--since', undefined, 0)).toBeNull();
    expect(readChoices('--status', undefined, ['done'])).toEqual([]);
  });

  it('are read', () => {
    expect(readInteger('--limit', ' 7 ', { least: 1, most: 9 })).toBe(7);
    expect(readDuration('--max-time', '2m')).toBe(120_000);
    expect(readChoices('--status', 'done, Failed', ['done', 'failed'])).toEqual(['done', 'failed']);
  });

  it.each([
    ['a number with a sign', () => readInteger('--priority', '-1', { least: 0, most: 9 })],
    ['a number beyond the limit', () => readInteger('--priority', '10', { least: 0, most: 9 })],
    ['no number', () => readInteger('--priority', '1e1', { least: 0, most: 9 })],
    ['no duration', () => readDuration('--max-time', 'soon')],
    ['no instant', () => readInstant('--since', 'soon', 0)],
    ['a word that is not on the list', () => readChoices('--status', 'done,gone', ['done'])],
  ])('refuse %s', (_name, work) => {
    expect(failureOf(work)).toMatchObject(usage);
  });
});
