import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../clock.js';
import { LocalEngineError } from '../errors.js';
import { clientEnvironment } from '../sources/client-environment.js';
import { watchFolder } from '../sources/folder-watch.js';
import { findNpm } from '../sources/npm-client.js';
import { lastLines, runProgram } from '../sources/program.js';
import { waitForLock } from '../store/lock-file.js';
import type { Clock } from '../types.js';
import { closeToOthers } from './close-to-others.js';
import { installArguments, installCommand, platformPackages, type RuntimeGpu, runtimeVersion } from './platform.js';

/** Options of {@link installRuntime}. */
export interface InstallRuntimeOptions {
  /** The engine's data directory; the runtime is put into its folder `runtime`. */
  readonly dataDir: string;
  /** Adds the binaries for a GPU, some hundred MB; on macOS Metal is always there. @defaultValue none */
  readonly gpu?: RuntimeGpu;
  /** Ends the installation, and npm. @defaultValue never */
  readonly signal?: AbortSignal;
  /** Called while npm works. `totalBytes` is an estimate. */
  readonly onProgress?: (progress: InstallProgress) => void;
  /** The program that runs npm, and its first arguments. @defaultValue the npm beside this Node */
  readonly npm?: readonly string[];
  /** Environment of npm. @defaultValue the environment of the process */
  readonly environment?: NodeJS.ProcessEnv;
  /** Paces the progress. @defaultValue the system's */
  readonly clock?: Clock;
}

/** How far an installation is. */
export interface InstallProgress {
  /** `wait`: another process installs the same; `install`: npm works. */ readonly phase: 'wait' | 'install';
  /** Bytes on the disk. */ readonly doneBytes: number;
  /** Bytes that it will be, about. */ readonly totalBytes: number;
}

/** An installed runtime. */
export interface InstalledRuntime {
  /** Its folder. */ readonly directory: string;
  /** Version of node-llama-cpp. */ readonly version: string;
  /** Whether this call installed it. */ readonly isNew: boolean;
}

const estimatedBytes = { none: 90_000_000, vulkan: 200_000_000, cuda: 500_000_000 };

/**
 * Installs node-llama-cpp and the binaries of this platform with npm: for the CPU, on macOS also Metal, elsewhere the GPU that is
 * asked for. Nothing is compiled and no script of a package runs. A second call, also of another process, waits for the first and
 * finds it done.
 *
 * @throws {@link LocalEngineError} `runtime-install-failed`; the signal's reason
 */
export async function installRuntime(options: InstallRuntimeOptions): Promise<InstalledRuntime> {
  const signal = options.signal ?? new AbortController().signal;
  const directory = join(options.dataDir, 'runtime');
  const { gpu = null } = options;
  const totalBytes = estimatedBytes[gpu ?? 'none'];
  const report = (phase: InstallProgress['phase'], doneBytes: number) =>
    options.onProgress?.({ phase, doneBytes, totalBytes });
  if (await isInstalled(directory, gpu)) return { directory, version: runtimeVersion, isNew: false };
  if (!platformPackages(process.platform, process.arch, gpu)) {
    throw new LocalEngineError(
      'runtime-install-failed',
      `there are no binaries for ${gpu ? `${gpu} on ` : ''}${process.platform}-${process.arch}`,
    );
  }
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const lock = await waitForLock(`${directory}.lock`, signal, () => report('wait', 0));
  try {
    if (await isInstalled(directory, gpu)) return { directory, version: runtimeVersion, isNew: false };
    await install(directory, options, signal, (bytes) => report('install', Math.min(bytes, totalBytes)));
    report('install', totalBytes);
    return { directory, version: runtimeVersion, isNew: true };
  } finally {
    await lock.release();
  }
}

/** Whether a folder holds the runtime of this version, for this platform and GPU. */
export async function isInstalled(directory: string, gpu: RuntimeGpu | null = null): Promise<boolean> {
  const packages = ['node-llama-cpp', ...(platformPackages(process.platform, process.arch, gpu) ?? [''])];
  const versions = await Promise.all(packages.map((name) => versionOf(join(directory, 'node_modules', name))));
  return versions.every((version) => version === runtimeVersion);
}

async function versionOf(folder: string): Promise<string | null> {
  try {
    return (JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return null;
  }
}

async function install(
  directory: string,
  options: InstallRuntimeOptions,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const environment = options.environment ?? process.env;
  const npm = options.npm ?? findNpm({ execPath: process.execPath, environment });
  const { gpu = null } = options;
  const byHand = `install it by hand: ${installCommand(directory, gpu)}`;
  if (!npm) throw new LocalEngineError('runtime-install-failed', `npm was not found; ${byHand}`);
  const temporary = `${directory}.tmp`; // the lock is held: a leftover is nobody's
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await writeFile(join(temporary, 'package.json'), '{"private":true}\n');
  const stopWatch = watchFolder(temporary, options.clock ?? systemClock, onBytes);
  try {
    const { exitCode, stderr } = await runProgram(npm, installArguments(process.platform, process.arch, gpu), {
      directory: temporary,
      environment: clientEnvironment(environment),
      signal,
    });
    if (exitCode !== 0) {
      throw new LocalEngineError(
        'runtime-install-failed',
        `npm could not install the runtime: ${lastLines(stderr)}; ${byHand}`,
        {
          retryable: true,
        },
      );
    }
    await closeToOthers(temporary);
    if (!(await isInstalled(temporary, gpu))) {
      throw new LocalEngineError('runtime-install-failed', `npm installed something else than the runtime; ${byHand}`);
    }
    await rm(directory, { recursive: true, force: true });
    await rename(temporary, directory);
  } catch (error) {
    signal.throwIfAborted();
    if (LocalEngineError.isInstance(error) && error.code === 'runtime-install-failed') throw error;
    throw new LocalEngineError('runtime-install-failed', `the runtime could not be installed; ${byHand}`, {
      cause: error,
    });
  } finally {
    stopWatch();
    await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
  }
}
