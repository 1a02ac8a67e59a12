import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { manualClock, temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, inject, it } from 'vitest';
import packageManifest from '../../package.json' with { type: 'json' };
import { defaultDataDirectory } from '../../src/command/data-directory.js';
import { exitCodeByError } from '../../src/command/exit-codes.js';
import { createPrinter } from '../../src/command/printer.js';
import { runCommand } from '../../src/command/run-command.js';
import { nameOf } from '../../src/offline.js';
import { fileEntry, writeTinyGguf } from '../../src/testing/index.js';

interface Ran {
  readonly exitCode: number;
  readonly out: string[];
  readonly notes: string[];
  // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they come
  readonly document: any;
}

/** Runs a command in a folder; gives its exit code and what it printed. */
async function run(dataDir: string, argumentList: string[], signal = new AbortController().signal): Promise<Ran> {
  const out: string[] = [];
  const notes: string[] = [];
  const documents: object[] = [];
  const printer = {
    out: (line: string) => void out.push(line),
    document: (value: object) => void documents.push(JSON.parse(JSON.stringify(value))),
    note: (line: string) => void notes.push(line),
    progress() {},
  };
  const all = [...argumentList, '--data-dir', dataDir, '--runner', inject('runnerEntry')];
  const environment = { ...process.env, TALE_MODEL_SOURCES: 'file' };
  const exitCode = await runCommand(all, { environment, printer, signal, clock: manualClock() });
  expect(documents.length).toBeLessThanOrEqual(1);
  return { exitCode, out, notes, document: documents[0] };
}

describe('command', () => {
  it('adds a file, lists, verifies and removes it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'My Model.gguf');
    await writeTinyGguf(path);
    const data = join(folder.path, 'data');
    expect(await run(data, ['list'])).toMatchObject({
      exitCode: 0,
      out: [],
      notes: [expect.stringContaining('no model')],
    });
    expect(await run(data, ['add', path])).toMatchObject({
      ...{ exitCode: 0, out: [expect.stringMatching(/^my-model:latest, /)] },
    });
    const second = (await run(data, ['add', path, '--name', 'second:v1', '--json'])).document;
    expect(second).toMatchObject({
      schema: 'tale.engine-add/1',
      model: { name: 'second:v1', source: 'file', quantization: 'F32', capabilities: ['completion'] },
    });
    expect(Date.parse(second.model.installedAt)).toBeGreaterThan(Date.now() - 60_000);
    const { out } = await run(data, ['list']);
    expect(out.map((line) => line.split(' ')[0]).sort()).toEqual(['NAME', 'my-model:latest', 'second:v1']);
    const listed = (await run(data, ['list', '--json'])).document;
    expect(listed.models.map(({ digest }: { digest: string }) => digest)).toEqual([
      ...[second.model.digest, second.model.digest],
    ]);
    expect((await run(data, ['verify'])).out).toHaveLength(2);
    expect(await run(data, ['remove', 'my-model', '--json'])).toMatchObject({
      ...{ exitCode: 0, document: { schema: 'tale.engine-remove/1', name: 'my-model:latest' } },
    });
    expect(await readdir(join(data, 'models', 'blobs'))).toHaveLength(1);
    expect(await run(data, ['remove', 'my-model'])).toMatchObject({
      ...{ exitCode: 4, notes: [expect.stringContaining('model-not-found')] },
    });
  });

  it('adds no file that is no model, and keeps nothing of it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    const data = join(folder.path, 'data');
    await writeFile(path, 'no model');
    const failed = await run(data, ['add', path, '--json']);
    expect(failed).toMatchObject({
      exitCode: 1,
      document: { schema: 'tale.engine-error/1', error: { code: 'invalid-gguf', retryable: false }, exitCode: 1 },
    });
    expect((await run(data, ['add', join(folder.path, 'missing.gguf')])).exitCode).toBe(1);
    expect(await readdir(join(data, 'models', 'blobs'))).toEqual([]);
    expect(await readdir(join(data, 'models', 'partial'))).toEqual([]);
    await writeTinyGguf(path);
    expect((await run(data, ['add', path, '--name', '../x'])).exitCode).toBe(2);
  });

  it('adds no file that is cut off, says what is missing, and keeps nothing of it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    const data = join(folder.path, 'data');
    await writeTinyGguf(path);
    const { size } = await stat(path);
    await truncate(path, size - 5_000);
    expect(await run(data, ['add', path, '--json'])).toMatchObject({
      ...{ exitCode: 1 },
      document: { error: { code: 'invalid-gguf', retryable: false, neededBytes: size, availableBytes: size - 5_000 } },
    });
    expect((await run(data, ['add', path])).notes[0]).toContain(' 5000 bytes are missing');
    for (const place of ['blobs', 'manifests', 'partial']) {
      expect(await readdir(join(data, 'models', place)), place).toEqual([]);
    }
  });

  it('keeps nothing of a file that could not be copied', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    const data = join(folder.path, 'data');
    await writeTinyGguf(path);
    const digest = (await fileEntry('x:1', path)).sha256;
    const partial = join(data, 'models', 'partial');
    await mkdir(partial, { recursive: true });
    await writeFile(join(partial, `sha256-${digest}.file`), Buffer.alloc((await stat(path)).size)); // other bytes
    expect(await run(data, ['add', path, '--json'])).toMatchObject({
      document: { error: { code: 'hash-mismatch' } },
    });
    expect(await readdir(partial)).toEqual([]);
    expect((await run(data, ['add', path])).exitCode).toBe(0);
  });

  it('removes what was put aside with the last model that had it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    const data = join(folder.path, 'data');
    await writeTinyGguf(path);
    await run(data, ['add', path]);
    await run(data, ['add', path, '--name', 'second']);
    const [blob = ''] = await readdir(join(data, 'models', 'blobs'));
    await writeFile(join(data, 'models', 'blobs', blob), 'damaged');
    expect((await run(data, ['verify'])).exitCode).toBe(1);
    const partial = () => readdir(join(data, 'models', 'partial'));
    expect(await partial()).toEqual([`${blob}.rejected`]);
    await run(data, ['remove', 'x']);
    expect(await partial()).toEqual([`${blob}.rejected`]);
    await run(data, ['remove', 'second']);
    expect(await partial()).toEqual([]);
  });

  it('prints its version, as text and as a document', async () => {
    await using folder = await temporaryFolder();
    expect(await run(folder.path, ['--version'])).toMatchObject({ exitCode: 0, out: [packageManifest.version] });
    expect((await run(folder.path, ['--version', '--json'])).document).toEqual({
      ...{ schema: 'tale.engine-version/1', version: packageManifest.version },
    });
  });

  it('verifies all files or one, each once, and puts a wrong one aside', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    for (const name of ['one', 'two']) {
      await writeTinyGguf(join(folder.path, `${name}.gguf`), { sentence: `this is ${name}.` });
      await run(data, ['add', join(folder.path, `${name}.gguf`)]);
    }
    await run(data, ['add', join(folder.path, 'one.gguf'), '--name', 'first:v1']);
    const { digest } = (await run(data, ['list', '--json'])).document.models.find(
      ({ name }: { name: string }) => name === 'one:latest',
    );
    const blob = join(data, 'models', 'blobs', `sha256-${digest}`);
    const content = await readFile(blob);
    content[9_000]! ^= 1;
    await writeFile(blob, content);
    expect(await run(data, ['verify', 'two'])).toMatchObject({ exitCode: 0, out: [expect.stringContaining('ok')] });
    const { exitCode, document } = await run(data, ['verify', '--json']);
    expect(exitCode).toBe(1);
    const states = Object.fromEntries(document.models.map(({ name, state }: Record<string, string>) => [name, state]));
    expect(states).toEqual({ 'one:latest': 'wrong', 'first:v1': 'wrong', 'two:latest': 'ok' });
    const again = (await run(data, ['verify', 'one', '--json'])).document.models;
    expect(again).toMatchObject([{ name: 'one:latest', state: 'missing' }]);
    expect((await run(data, ['verify', 'three'])).exitCode).toBe(4);
  });

  it('pulls a model of the user’s catalogue, also by its alias', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    await writeTinyGguf(path);
    const good = { ...(await fileEntry('mine:1', path)), aliases: ['mine'] };
    const bad = {
      ...good,
      ...{ name: 'bad:1', aliases: [], sha256: 'b'.repeat(64) },
      sources: [
        { kind: 'file', path: '/nowhere/x.gguf' },
        { kind: 'huggingface', repo: 'a/b', revision: 'a'.repeat(40), file: 'c' },
      ],
    };
    await writeFile(join(folder.path, 'catalog.json'), JSON.stringify([good, bad]));
    expect(await run(folder.path, ['pull', 'mine'])).toMatchObject({ exitCode: 0, notes: ['trying file'] });
    expect((await run(folder.path, ['pull', 'mine:1', '--json'])).document).toMatchObject({
      ...{ schema: 'tale.engine-pull/1', model: { name: 'mine:1', license: 'MIT' } },
    });
    expect(await run(folder.path, ['pull', 'bad:1'])).toMatchObject({ exitCode: 5, out: [] });
    expect((await run(folder.path, ['pull', 'bad:1', '--json'])).document.error).toMatchObject({
      code: 'pull-failed',
      attempts: [
        { source: 'file', code: 'source-failed' },
        { source: 'huggingface', code: 'source-unavailable' },
      ],
    });
    expect((await run(folder.path, ['pull', 'nothing'])).exitCode).toBe(4);
    const known = (await run(folder.path, ['list', '--catalog', '--json'])).document.models;
    expect(known.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['mine:1', 'smollm2:135m']));
    expect((await run(folder.path, ['list', '--catalog'])).out[0]).toMatch(/^NAME +SIZE/);
    expect(await run(folder.path, ['remove', 'mine'])).toMatchObject({ exitCode: 0 });
    await writeFile(join(folder.path, 'catalog.json'), '{');
    expect((await run(folder.path, ['pull', 'mine'])).exitCode).toBe(3);
  });

  it('serves until it is told to stop, with a token that is not on the command line', async () => {
    await using folder = await temporaryFolder();
    const stopped = new AbortController();
    const documents: { url: string; pid: number }[] = [];
    const printer = {
      out() {},
      note() {},
      progress() {},
      document: (value: object) => void documents.push(value as never),
    };
    const file = join(folder.path, 'token');
    await writeFile(file, 'secret', { mode: 0o600 });
    const options = ['--port', '0', '--host', 'localhost', '--token-file', file, '--slots', '2', '--threads', '1'];
    const more = ['--context', '1024', '--gpu', 'off', '--json', '--runner', inject('runnerEntry')];
    const serving = runCommand(['serve', '--data-dir', folder.path, ...options, ...more], {
      ...{ environment: {}, printer, signal: stopped.signal },
    });
    const { url, pid } = await until('it listens', () => documents[0]);
    expect(pid).toBe(process.pid);
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
    expect(await run(folder.path, ['verify'])).toMatchObject({
      ...{ exitCode: 5, notes: [expect.stringContaining('data-directory-locked')] },
    });
    stopped.abort();
    expect(await serving).toBe(0);
  });

  it('examines the machine', async () => {
    await using folder = await temporaryFolder();
    const { out } = await run(folder.path, ['doctor', '--port', '0']);
    expect(out.filter((line) => /^\w/.test(line)).map((line) => line.split(/ +/)[1])).toEqual([
      ...['node', 'folder', 'runtime', 'memory', 'threads', 'catalog', 'models', 'sources', 'port'],
    ]);
    const runtime = join(inject('runtimeDir'), '..');
    const healthy = await run(runtime, ['doctor', '--port', '0', '--json']);
    const failed = healthy.document.checks.filter(({ state }: { state: string }) => state === 'failed');
    expect(healthy.document).toMatchObject({ schema: 'tale.engine-doctor/1', isHealthy: failed.length === 0 });
    // Only the file source is switched on here, and no model is installed; how much memory and disk there is, is the machine's.
    const names = failed.map(({ name }: { name: string }) => name);
    expect(names.filter((name: string) => !['memory', 'folder'].includes(name))).toEqual(['sources']);
    expect(healthy.exitCode).toBe(1);
  });

  it('says that the runtime is there', async () => {
    const folder = join(inject('runtimeDir'), '..');
    expect((await run(folder, ['install-runtime'])).out[0]).toContain('present at');
    expect((await run(folder, ['install-runtime', '--json'])).document).toMatchObject({
      ...{ schema: 'tale.engine-runtime/1', version: '3.22.1', isNew: false },
    });
  });

  it('shows how it is used', async () => {
    await using folder = await temporaryFolder();
    expect(await run(folder.path, ['pull'])).toMatchObject({
      exitCode: 2,
      notes: [expect.anything(), expect.anything()],
    });
    expect((await run(folder.path, ['pull', '--json'])).document).toMatchObject({
      error: { code: 'usage' },
      exitCode: 2,
    });
    expect(await run(folder.path, ['pull', '--help'])).toMatchObject({ exitCode: 0 });
    expect((await run(folder.path, ['help'])).out[0]).toContain('Exit codes');
    expect(await run(folder.path, ['serve', '--host', '0.0.0.0', '--port', '0'])).toMatchObject({ exitCode: 3 });
  });

  it('ends with 130 or 143 when it is interrupted or terminated', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    await writeTinyGguf(path);
    expect((await run(folder.path, ['add', path], AbortSignal.abort('SIGINT'))).exitCode).toBe(130);
    expect((await run(folder.path, ['add', path], AbortSignal.abort('SIGTERM'))).exitCode).toBe(143);
    expect((await run(folder.path, ['add', path, '--json'], AbortSignal.abort('SIGTERM'))).document).toMatchObject({
      ...{ schema: 'tale.engine-error/1', error: { code: 'terminated', retryable: true }, exitCode: 143 },
    });
  });

  it('has an exit code for each failure', () => {
    expect(new Set(Object.values(exitCodeByError))).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  it('keeps its files below TALE_HOME, else in the data folder of the user', () => {
    expect(defaultDataDirectory({ TALE_HOME: '/t' })).toBe('/t/data/local-engine');
    expect(defaultDataDirectory({ XDG_DATA_HOME: '/x' })).toBe('/x/tale/local-engine');
    expect(defaultDataDirectory({})).toBe(join(homedir(), '.local', 'share', 'tale', 'local-engine'));
    expect(nameOf('/x/.Some..Model (v2).Q4_K_M.gguf')).toBe('some.model-v2-.q4_k_m');
  });

  it('keeps what it stores to its owner', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    await writeTinyGguf(path);
    const data = join(folder.path, 'data');
    await run(data, ['add', path]);
    for (const [name, mode] of [
      ...([
        ['', 0o700],
        ['models/blobs', 0o700],
        ['models/manifests/x', 0o700],
      ] as const),
      ...([['models/manifests/x/latest.json', 0o600]] as const),
      [`models/blobs/${(await readdir(join(data, 'models/blobs')))[0]}`, 0o600] as const,
    ]) {
      expect((await stat(join(data, name))).mode & 0o777, name).toBe(mode);
    }
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
    printer.document({ a: 1 });
    createPrinter(stdout, file).progress('1 %');
    expect(stdout.read().toString()).toBe('result\n{"a":1}\n');
    expect(terminal.read().toString()).toBe('\r\u001b[K1 %\nnews\n\r\u001b[K2 %\n');
    expect(file.read()).toBeNull();
    stdout.destroy(new Error('nobody reads'));
  });
});
