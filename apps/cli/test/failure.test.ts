import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../src/command-error.js';
import { createContext } from '../src/context.js';
import { reportFailure, toCommandError } from '../src/failure.js';
import { createTestContext } from './support/streams.js';

const home = { folders: { config: '', data: '', state: '', cache: '' }, env: {} };

async function report(error: unknown, options = {}) {
  const { context, out, err } = createTestContext(home, options);
  const exitCode = await reportFailure(context.printer, error);
  return { exitCode, out: out(), err: err() };
}

describe('reportFailure', () => {
  it('says what happened and what to do', async () => {
    const error = new CommandError('models-unavailable', 'No model can be had.', {
      hint: 'tale models pull <name>',
      details: {
        tried: ['Ollama: no answer', { source: 'pypi', error: 'HTTP 503' }, 7],
        lastLines: ['a', 'b'],
        lines: ['c'],
      },
    });
    expect(await report(error)).toEqual({
      exitCode: 5,
      out: '',
      err: 'tale: No model can be had.\n  c\n  tried Ollama: no answer\n  tried pypi: HTTP 503\n  tried 7\n  | a\n  | b\n  try   tale models pull <name>\n',
    });
  });

  it('writes one tale.error/1 document with --json', async () => {
    const { exitCode, out, err } = await report(new CommandError('usage', 'No.'), { json: true });
    expect(JSON.parse(out)).toEqual({
      schema: 'tale.error/1',
      error: new CommandError('usage', 'No.').envelope,
      exitCode: 2,
    });
    expect([exitCode, err]).toEqual([2, '']);
  });

  it('shows where a bug is', async () => {
    const { exitCode, err } = await report(new TypeError('undefined is not a function'));
    expect(exitCode).toBe(70);
    expect(err).toContain('tale logs --level error');
    expect(err).toContain('TypeError: undefined is not a function\n    at ');
  });

  it('sanitises what servers say', async () => {
    expect((await report(new CommandError('rejected', 'a\u001B[2Jb'))).err).toBe('tale: ab\n');
  });
});

describe('toCommandError', () => {
  it.each([
    [Object.assign(new Error('full'), { code: 'ENOSPC' }), 'disk-full', 5],
    [Object.assign(new Error('odd'), { code: 'EODD' }), 'internal', 70],
    ['a string', 'internal', 70],
    [new CommanderError(1, 'commander.help', '(outputHelp)'), 'usage', 2],
    [new CommanderError(1, 'commander.unknownOption', "error: unknown option '--foo'"), 'usage', 2],
  ])('%s is %s with exit code %i', (error, code, exitCode) => {
    expect(toCommandError(error)).toMatchObject({ exitCode, envelope: { code } });
  });

  it.each([
    ["error: unknown command 'stauts'\n(Did you mean status?)", "Unknown command 'stauts'.", 'did you mean status?'],
    ["error: unknown option '--x'\n(Did you mean one of --a, --b?)", "Unknown option '--x'.", 'did you mean --a, --b?'],
    ["error: unknown option '--x'", "Unknown option '--x'.", 'tale --help'],
  ])('reads %j', (message, shown, hint) => {
    expect(toCommandError(new CommanderError(1, 'commander.unknownOption', message)).envelope).toMatchObject({
      message: shown,
      hint,
    });
  });
});

describe('createContext', () => {
  it('refuses raw output on a terminal', () => {
    const { context } = createTestContext(home, { stdoutTerminal: false, rawOutput: true });
    expect(createContext(context.printer, {}).canAsk()).toBe(false);
    expect(() => createTestContext(home, { stdoutTerminal: true, rawOutput: true })).toThrow('--raw-output');
  });
});
