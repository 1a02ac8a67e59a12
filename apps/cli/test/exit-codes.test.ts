import { taleErrorCodes } from '@tale/protocol';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../src/command-error.js';
import { exitCodeByError, exitCodeOf, exitCodes } from '../src/exit-codes.js';

describe('exitCodeByError', () => {
  it('knows every code of the protocol and no other', () => {
    expect(Object.keys(exitCodeByError).sort()).toEqual([...taleErrorCodes].sort());
  });

  it('gives none of them success', () => {
    const allowed = Object.values(exitCodes).filter((code) => code !== 0);
    for (const code of taleErrorCodes) expect(allowed, code).toContain(exitCodeOf(code));
  });
});

describe('exitCodeOf', () => {
  it.each([
    ['budget-exceeded', 6],
    ['approval-denied', 8],
    ['something of a strange server', 1],
    ['constructor', 1],
    ['usage', 2],
    ['ambiguous-id', 4],
    ['models-unavailable', 5],
    ['deadline', 7],
    ['internal', 70],
    ['interrupted', 130],
  ])('%s is %i', (code, exitCode) => {
    expect(exitCodeOf(code)).toBe(exitCode);
  });
});

describe('CommandError', () => {
  it('completes its envelope', () => {
    expect(new CommandError('usage', 'no').envelope).toEqual({
      code: 'usage',
      message: 'no',
      hint: null,
      source: 'cli',
      retryable: false,
      retryAfterMs: null,
      details: {},
    });
  });

  it('keeps the facts of a server’s failure', () => {
    const envelope = { ...new CommandError('overloaded', 'full').envelope, source: 'gateway', retryable: true };
    const error = CommandError.from(envelope, { details: { taskId: '1' } });
    expect(error).toMatchObject({
      exitCode: 5,
      envelope: { source: 'gateway', retryable: true, details: { taskId: '1' } },
    });
  });
});
