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

  it('gives the reasons once, as lines', async () => {
    const details = { tried: ['Ollama: no answer', 'pypi: HTTP 503', 'pypi: HTTP 503'] };
    const message = 'No model can be had. Tried: Ollama: no answer; pypi: HTTP 503; pypi: HTTP 503.';
    expect((await report(new CommandError('models-unavailable', message, { details }))).err).toBe(
      'tale: No model can be had.\n  tried Ollama: no answer\n  tried pypi: HTTP 503\n',
    );
    const other = new CommandError('models-unavailable', 'No model. Tried: everything.', { details });
    expect((await report(other)).err).toContain('Tried: everything.');
  });

  it('writes hints as they have to be typed, those of servers as well', async () => {
    const env = { npm_lifecycle_event: 'tale' };
    const error = new CommandError('servers-down', 'No.', { hint: 'tale servers start' });
    expect((await report(error, { env })).err).toContain('try   npm run tale -- servers start\n');
    expect(JSON.parse((await report(error, { env, json: true })).out)).toMatchObject({
      error: { hint: 'npm run tale -- servers start' },
    });
  });

  it('sanitises what servers say', async () => {
    expect((await report(new CommandError('rejected', 'a\u001B[2Jb'))).err).toBe('tale: ab\n');
  });
});

describe('toCommandError', () => {
  it.each([
    [Object.assign(new Error('full'), { code: 'ENOSPC' }), 'disk-full', 5],
    [Object.assign(new Error('odd'), { code: 'EODD' }), 'internal', 70],
    [Object.assign(new Error('x'), { code: 'ENOTDIR', path: '/a/b' }), 'not-writable', 3],
    [Object.assign(new Error('x'), { code: 'EROFS' }), 'not-writable', 3],
    [Object.assign(new Error('a package says no'), { code: 'unsafe-file' }), 'unsafe-file', 3],
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
    ["error: unknown option '--prio'", "Unknown option '--prio'.", 'did you mean --priority?'],
  ])('reads %j', (message, shown, hint) => {
    const error = new CommanderError(1, 'commander.unknownOption', message);
    expect(toCommandError(error, '', ['--file', '--priority']).envelope).toMatchObject({ message: shown, hint });
  });

  it('names the path and the reason of what the system refused', () => {
    const error = Object.assign(new Error('x'), { code: 'ENOTDIR', path: '/a/b' });
    expect(toCommandError(error).message).toBe(
      '/a/b cannot be used: a part of the path is a file, not a folder (ENOTDIR).',
    );
  });
});

describe('createContext', () => {
  it('refuses raw output on a terminal', () => {
    const { context } = createTestContext(home, { stdoutTerminal: false, rawOutput: true });
    expect(createContext(context.printer, {}).canAsk()).toBe(false);
    expect(() => createTestContext(home, { stdoutTerminal: true, rawOutput: true })).toThrow('--raw-output');
  });
});
