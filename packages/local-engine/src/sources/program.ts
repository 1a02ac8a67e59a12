import { spawn } from 'node:child_process';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { LocalEngineError } from '../errors.js';

/** How a program is run. */
export interface ProgramOptions {
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Reads stdout instead of collecting it. */
  readonly consume?: (stdout: Readable) => Promise<void>;
}

/** How a program ended. */
export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const keptCharacters = 200_000;

/**
 * Runs a program in a process group of its own and ends the whole group when the signal aborts or this process exits.
 *
 * @param command the program and its first arguments
 * @throws {@link LocalEngineError} `source-unavailable` when there is no such program; the signal's reason
 */
export async function runProgram(
  command: readonly string[],
  argumentList: readonly string[],
  { directory, environment, signal, consume }: ProgramOptions,
): Promise<ProgramResult> {
  signal.throwIfAborted();
  const [program = '', ...first] = command;
  const child = spawn(program, [...first, ...argumentList], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const kill = () => killGroup(child.pid);
  signal.addEventListener('abort', kill, { once: true });
  process.once('exit', kill);
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-keptCharacters);
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  ended.catch(() => {});
  try {
    if (consume) {
      // When a program ends, Node empties what nobody reads yet: somebody reads from the start.
      await consume(pipeline(child.stdout, new PassThrough(), () => {}));
    } else {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout = (stdout + text).slice(-keptCharacters);
      });
    }
    const exitCode = await ended;
    signal.throwIfAborted();
    return { exitCode, stdout, stderr };
  } catch (error) {
    kill();
    signal.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new LocalEngineError('source-unavailable', `${program} is not installed or not on the PATH`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    signal.removeEventListener('abort', kill);
    process.off('exit', kill);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

/** The last lines of a program's error output that say something, for an error message. */
export function lastLines(text: string, count = 2): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.slice(-count).join(' ').slice(0, 500);
}
