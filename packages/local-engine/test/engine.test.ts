import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { manualClock, temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, inject, it } from 'vitest';
import { createLocalEngine, LocalEngineError } from '../src/index.js';
import { runnerEnvironment } from '../src/runner/environment.js';
import { fakeRunners } from '../src/testing/index.js';
import { testEngine } from './test-engine.js';

const spawnRunner = fakeRunners().spawn;

describe('engine', () => {
  it('is the only one on its data directory', async () => {
    await using test = await testEngine({ spawnRunner, install: [] });
    const second = createLocalEngine({ dataDir: test.dataDir, port: 0, spawnRunner });
    await expect(second).rejects.toMatchObject({ code: 'data-directory-locked', retryable: true });
    await test.engine.close();
    await (await createLocalEngine({ dataDir: test.dataDir, port: 0, spawnRunner })).close();
  });

  it('frees the directory when its port is taken', async () => {
    await using folder = await temporaryFolder();
    await using test = await testEngine({ spawnRunner, install: [] });
    const options = { dataDir: folder.path, port: Number(new URL(test.url).port), spawnRunner };
    await expect(createLocalEngine(options)).rejects.toMatchObject({ code: 'port-taken', retryable: true });
    await (await createLocalEngine({ ...options, port: 0 })).close();
  });

  it.each([
    ['a host that others reach', { host: '0.0.0.0' }],
    ['a child that is not there', { runnerEntry: '/nowhere/main.js' }],
    ['a child that is not built', {}],
  ])('refuses %s', async (_, options) => {
    await using folder = await temporaryFolder();
    await expect(createLocalEngine({ dataDir: folder.path, port: 0, ...options })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });

  it.each([
    { port: -1 },
    { port: 65_536 },
    { token: '' },
    { token: 'two words' }, // no request could ever carry it
    { keepAliveMs: Number.NaN },
    { keepAliveMs: -1 },
    { contextTokens: 0 },
    { contextTokens: 1.5 },
    { threads: 0 },
    { slots: 65 },
    { gpu: 'on' as 'auto' },
  ])('refuses %j, and names the option', async (wrong) => {
    await using folder = await temporaryFolder();
    const [name = ''] = Object.keys(wrong);
    await expect(createLocalEngine({ dataDir: folder.path, port: 0, spawnRunner, ...wrong })).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringMatching(`^${name} must be `),
    });
  });

  it('refuses a data directory that cannot be made', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), '');
    const starting = createLocalEngine({ dataDir: join(folder.path, 'file', 'data'), port: 0, spawnRunner });
    await expect(starting).rejects.toMatchObject({ code: 'invalid-options' });
  });

  it('refuses a catalogue that is none', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'catalog.json'), '{}');
    await expect(createLocalEngine({ dataDir: folder.path, port: 0, spawnRunner })).rejects.toMatchObject({
      code: 'invalid-catalog',
    });
  });

  it('closes twice, and while it answers', async () => {
    const test = await testEngine({ install: ['endless'] });
    const response = await test.post('/api/generate', { model: 'endless', prompt: 'hi' });
    await response.body!.getReader().read();
    await Promise.all([test.engine.close(), test.engine.close()]);
    await expect(fetch(test.url)).rejects.toThrow();
    await test[Symbol.asyncDispose]();
  });

  it('takes the child by its address, and keeps its folders to itself', async () => {
    await using folder = await temporaryFolder();
    const dataDir = join(folder.path, 'data');
    const engine = await createLocalEngine({ dataDir, port: 0, runnerEntry: pathToFileURL(inject('runnerEntry')) });
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    await engine.close();
    expect(await readdir(dataDir)).toEqual(['models']);
  });

  it('refuses a model that does not fit the memory, in Ollama’s words', async () => {
    await using test = await testEngine({ memory: { availableBytes: async () => 1_000 } });
    const response = await test.post('/api/generate', { model: 'tiny', prompt: 'hi' });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      error: expect.stringMatching(/^model requires more system memory \(.*\) than is available \(.*\)$/),
      code: 'insufficient-memory',
      available_bytes: 1_000,
    });
  });

  it('unloads an idle model to make room for another', async () => {
    const memory = { availableBytes: async (residentBytes: number) => (residentBytes > 0 ? 0 : 2 ** 40) };
    await using test = await testEngine({ memory, spawnRunner: fakeRunners().spawn, install: ['tiny', 'endless'] });
    for (const model of ['tiny', 'endless']) await (await test.post('/api/generate', { model, prompt: 'hi' })).text();
    const { models } = (await (await fetch(`${test.url}/api/ps`)).json()) as { models: { name: string }[] };
    expect(models.map(({ name }) => name)).toEqual(['endless:latest']);
    await (await test.post('/api/generate', { model: 'endless', keep_alive: -1 })).text();
    expect((await test.post('/api/generate', { model: 'tiny', prompt: 'hi' })).status).toBe(500);
  });

  it('names the command when the runtime is missing', async () => {
    await using test = await testEngine({ runtimeDir: '/nowhere' });
    const response = await test.post('/api/generate', { model: 'tiny', prompt: 'hi' });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      code: 'runtime-missing',
      error: expect.stringContaining('--prefix /nowhere'),
    });
  });

  it('never loads a model whose file was changed', async () => {
    await using test = await testEngine({ spawnRunner });
    const blobs = join(test.dataDir, 'models', 'blobs');
    const [name] = await readdir(blobs);
    const content = await readFile(join(blobs, name!));
    content[9_000]! ^= 1;
    await writeFile(join(blobs, name!), content);
    const response = await test.post('/api/generate', { model: 'tiny', prompt: 'hi' });
    expect(await response.json()).toMatchObject({ code: 'hash-mismatch' });
    expect(await readdir(blobs)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('notices a child that stops in its tracks', async () => {
    const clock = manualClock();
    await using test = await testEngine({ install: ['endless'], clock });
    const response = await test.post('/api/generate', { model: 'endless', prompt: 'hi', options: { temperature: 0 } });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    await reader.read();
    const [child] = test.children.filter(({ modelPath }) => modelPath !== null);
    process.kill(child!.pid, 'SIGSTOP');
    await until('it is ended', async () => {
      await clock.advance(2_000);
      return child!.isGone;
    });
    let rest = '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) rest += piece.value;
    expect(rest).toContain('model runner has unexpectedly stopped');
  });

  it('hands its children no secrets', () => {
    const environment = {
      PATH: '/bin',
      HOME: '/root',
      HF_TOKEN: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      NODE_OPTIONS: '--inspect',
      Path: 'C:',
    };
    expect(runnerEnvironment(environment)).toEqual({ PATH: '/bin', HOME: '/root', Path: 'C:' });
  });

  it('has errors that are known across copies', () => {
    const error = new LocalEngineError('busy', 'x', { retryable: true, model: 'm' });
    expect(LocalEngineError.isInstance(error)).toBe(true);
    expect(LocalEngineError.isInstance(new Error('x'))).toBe(false);
    expect(error).toMatchObject({
      name: 'LocalEngineError',
      model: 'm',
      neededBytes: null,
      availableBytes: null,
      attempts: [],
    });
  });
});
