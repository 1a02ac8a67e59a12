import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, inject, it } from 'vitest';
import { defaultDataDirectory } from '../../src/command/data-directory.js';
import { createPrinter } from '../../src/command/printer.js';
import { runCommand } from '../../src/command/run-command.js';
import { nameOf } from '../../src/offline.js';
import { fileEntry, writeTinyGguf } from '../../src/testing/index.js';

/** Runs a command in a folder; gives its exit code and what it printed. */
async function run(dataDir: string, argumentList: string[], signal = new AbortController().signal) {
  const out: string[] = [];
  const notes: string[] = [];
  const progress: string[] = [];
  const printer = {
    out: (line: string) => out.push(line),
    note: (line: string) => notes.push(line),
    progress: (line: string) => progress.push(line),
  };
  const all = [...argumentList, '--data-dir', dataDir, '--runner', inject('runnerEntry')];
  const exitCode = await runCommand(all, { environment: process.env, printer, signal });
  return { exitCode, out, notes, progress };
}

describe('command', () => {
  it('adds a file, lists, verifies and removes it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'My Model.gguf');
    await writeTinyGguf(path);
    const data = join(folder.path, 'data');
    expect(await run(data, ['add', path])).toMatchObject({
      exitCode: 0,
      out: [expect.stringMatching(/^my-model:latest, /)],
    });
    expect(await run(data, ['add', path, '--name', 'second:v1'])).toMatchObject({ exitCode: 0 });
    const { out } = await run(data, ['list']);
    expect(out.map((line) => line.split(' ')[0]).sort()).toEqual(['my-model:latest', 'second:v1']);
    expect((await run(data, ['verify'])).out).toHaveLength(2);
    expect(await run(data, ['remove', 'my-model'])).toMatchObject({ exitCode: 0 });
    expect(await run(data, ['remove', 'my-model'])).toMatchObject({
      exitCode: 1,
      notes: [expect.stringContaining('model-not-found')],
    });
    await writeFile(path, 'no model');
    expect(await run(data, ['add', path])).toMatchObject({
      exitCode: 1,
      notes: [expect.anything(), expect.stringContaining('invalid-gguf')],
    });
    expect((await run(data, ['add', join(folder.path, 'missing.gguf')])).exitCode).toBe(1);
    const stored = (await import('node:fs/promises')).readdir(join(data, 'models', 'blobs'));
    const [blob] = await stored;
    await writeFile(join(data, 'models', 'blobs', blob!), 'damaged');
    await writeFile(join(data, 'models', 'blobs', (await stored)[1] ?? blob!), 'damaged');
    expect(await run(data, ['verify'])).toMatchObject({ exitCode: 1 });
  });

  it('pulls a model of the user’s catalogue', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    await writeTinyGguf(path);
    const good = await fileEntry('mine:1', path);
    const bad = {
      ...good,
      name: 'bad:1',
      sha256: 'b'.repeat(64),
      sources: [{ kind: 'file', path: '/nowhere/x.gguf' }],
    };
    await writeFile(join(folder.path, 'catalog.json'), JSON.stringify([good, bad]));
    expect(await run(folder.path, ['pull', 'mine:1'])).toMatchObject({ exitCode: 0, notes: ['trying file'] });
    const failed = await run(folder.path, ['pull', 'bad:1']);
    expect(failed.exitCode).toBe(1);
    expect(failed.notes.join('\n')).toContain('source-failed');
  });

  it('serves until it is told to stop', async () => {
    await using folder = await temporaryFolder();
    const stopped = new AbortController();
    const out: string[] = [];
    const printer = {
      out: (line: string) => void out.push(line),
      note: (line: string) => void out.push(line),
      progress() {},
    };
    const options = ['--port', '0', '--host', 'localhost', '--token', 'secret', '--runner', inject('runnerEntry')];
    const serving = runCommand(['serve', '--data-dir', folder.path, ...options], {
      environment: {},
      printer,
      signal: stopped.signal,
    });
    const line = await until('it listens', () => out[0]);
    const url = line.replace('listening on ', '');
    expect((await fetch(url)).status).toBe(401);
    expect((await run(folder.path, ['verify'])).notes[0]).toContain('data-directory-locked');
    stopped.abort();
    expect(await serving).toBe(0);
  });

  it('examines the machine', async () => {
    await using folder = await temporaryFolder();
    const { out, exitCode } = await run(folder.path, ['doctor']);
    expect(exitCode).toBe(0);
    expect(out.map((line) => line.split(' ')[0])).toEqual([
      ...['node', 'data', 'runtime', 'binaries', 'threads', 'memory', 'models', 'npm', 'pip', 'sources'],
    ]);
    expect((await run(join(folder.path, 'missing'), ['doctor'])).out[1]).toContain('not there yet');
  });

  it('says that the runtime is there', async () => {
    const { out } = await run(join(inject('runtimeDir'), '..'), ['install-runtime']);
    expect(out[0]).toContain('present at');
  });

  it.each([[[]], [['unknown']], [['pull']], [['list', 'x']], [['pull', 'a', 'b']], [['serve', '--unknown']]])(
    'shows how it is used for %j',
    async (argumentList) => {
      await using folder = await temporaryFolder();
      expect(await run(folder.path, argumentList)).toMatchObject({
        exitCode: 2,
        notes: [expect.stringContaining('local-engine serve')],
      });
    },
  );

  it('ends with 130 when it is interrupted', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    await writeTinyGguf(path);
    expect((await run(folder.path, ['add', path], AbortSignal.abort())).exitCode).toBe(130);
  });

  it('keeps its files below TALE_HOME, else in the data folder of the user', () => {
    expect(defaultDataDirectory({ TALE_HOME: '/t' })).toBe('/t/data/local-engine');
    expect(defaultDataDirectory({ XDG_DATA_HOME: '/x' })).toBe('/x/tale/local-engine');
    expect(defaultDataDirectory({})).toBe(join(homedir(), '.local', 'share', 'tale', 'local-engine'));
    expect(nameOf('/x/.Some..Model (v2).Q4_K_M.gguf')).toBe('some.model-v2-.q4_k_m');
  });

  it('prints results and news apart, and progress on terminals alone', () => {
    const [stdout, terminal, file] = [
      new PassThrough(),
      Object.assign(new PassThrough(), { isTTY: true }),
      new PassThrough(),
    ];
    const printer = createPrinter(stdout, terminal);
    printer.progress('1 %');
    printer.note('news');
    printer.progress('2 %');
    printer.out('result');
    createPrinter(stdout, file).progress('1 %');
    expect(stdout.read().toString()).toBe('result\n');
    expect(terminal.read().toString()).toBe('\r\u001b[K1 %\nnews\n\r\u001b[K2 %\n');
    expect(file.read()).toBeNull();
  });
});
