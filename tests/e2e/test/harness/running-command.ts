import { type ChildProcess, spawn } from 'node:child_process';
import { until } from '@tale/test-kit';

/** How a command ended, and all that it printed. */
export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** A command that runs. */
export interface RunningCommand {
  readonly pid: number;
  /** What it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when it has ended and its streams are closed; rejects when it takes too long. */
  readonly ended: Promise<CommandResult>;
  /** Resolves once the text stands on stderr (default) or stdout. */
  shows(text: string | RegExp, stream?: 'stdout' | 'stderr'): Promise<void>;
  /** Writes to a stdin that was kept open; resolves once all of it was taken, so of a long text once somebody reads. */
  write(text: string): Promise<void>;
  /** What Ctrl+C does on a terminal: the signal goes to the whole process group. */
  signal(name: NodeJS.Signals): void;
  /** Takes the reader of stdout away, as `| head -1` does. */
  closeStdout(): void;
}

/** What a command is started with. */
export interface CommandOptions {
  /** All of stdin. @defaultValue nothing */
  readonly stdin?: string | Uint8Array;
  /** Leaves stdin open. */
  readonly keepStdinOpen?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  /** @defaultValue 45 s */
  readonly timeoutMs?: number;
}

/** Starts a program in a process group of its own. */
export function startCommand(
  [file = '', ...args]: readonly string[],
  { stdin, keepStdinOpen = false, env = {}, timeoutMs = 45_000 }: CommandOptions,
): RunningCommand {
  const startedMs = performance.now();
  const hasStdin = stdin !== undefined || keepStdinOpen;
  const child = spawn(file, args, { env, detached: true, stdio: [hasStdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  child.stdin?.on('error', () => {}); // it may end without reading
  if (stdin !== undefined) child.stdin?.end(stdin);

  const words = [file, ...args].join(' ').slice(-120);
  const ended = new Promise<CommandResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      signalGroup(child, 'SIGKILL');
      reject(new Error(`not over after ${timeoutMs} ms: ${words}\n${printed.stdout}\n${printed.stderr}`));
    }, timeoutMs);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...printed, durationMs: performance.now() - startedMs });
    });
  });
  ended.catch(() => {}); // whoever awaits it gets it

  return {
    pid: child.pid ?? 0,
    get stdout() {
      return printed.stdout;
    },
    get stderr() {
      return printed.stderr;
    },
    ended,
    async shows(text, stream = 'stderr') {
      const isThere = () => (typeof text === 'string' ? printed[stream].includes(text) : text.test(printed[stream]));
      await until(`${text} on ${stream} of: ${words}`, () => isThere() || child.exitCode !== null);
      if (!isThere()) throw new Error(`ended without ${text}: ${words}\n${printed.stdout}\n${printed.stderr}`);
    },
    write: (text) =>
      new Promise((resolve, reject) => {
        child.stdin?.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    signal: (name) => signalGroup(child, name),
    closeStdout: () => void child.stdout?.destroy(),
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
  } catch {
    // it ended meanwhile
  }
}
