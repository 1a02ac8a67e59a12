import { type ChildProcess, fork, type Serializable, type StdioOptions, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { ServerSpec } from './types.js';

/** A running process of a server. */
export interface ServerProcess {
  readonly pid: number | null;
  /** Sends over IPC; a process without a channel, or with a closed one, gets nothing. */
  send(message: Serializable): void;
  /** SIGTERM to the process itself, which knows how to end what it started. */
  terminate(): void;
  /** SIGKILL to the process and to all that it started, unless that made itself a group of its own. */
  killGroup(): void;
}

export interface ProcessHandlers {
  message(message: unknown): void;
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
  /** Once: the process has ended and all it printed has been handed over. `error`: it could not be spawned. */
  exit(code: number | null, signal: string | null, error: Error | null): void;
}

/** A pipe that a grandchild in a group of its own keeps open must not hold back the news of an exit. */
const OUTPUT_PAUSE_MS = 250;

/** Starts the server's module or program as the leader of a new process group, with an IPC channel if it is a module. */
export function spawnServer(spec: ServerSpec, env: Record<string, string>, on: ProcessHandlers): ServerProcess {
  const options = { env, detached: true, windowsHide: true };
  const pipes: StdioOptions = ['ignore', 'pipe', 'pipe'];
  const child =
    spec.file !== null
      ? fork(spec.file, [], { ...options, execArgv: [], stdio: [...pipes, 'ipc'] })
      : spawn(spec.command?.[0] ?? '', spec.command?.slice(1) ?? [], { ...options, stdio: pipes });
  child.on('message', on.message);
  child.stdout?.on('data', on.stdout);
  child.stderr?.on('data', on.stderr);
  reportExit(child, on.exit);
  return {
    pid: child.pid ?? null,
    send(message) {
      if (child.connected) child.send(message, () => {}); // the channel may close while it is written to: 'exit' follows
    },
    terminate: () => void child.kill('SIGTERM'),
    killGroup() {
      if (child.exitCode === null && child.signalCode === null) killGroup(child);
    },
  };
}

function reportExit(child: ChildProcess, exit: ProcessHandlers['exit']): void {
  let isReported = false;
  const report = (code: number | null, signal: string | null, error: Error | null) => {
    if (isReported) return;
    isReported = true;
    for (const pipe of [child.stdout, child.stderr] satisfies (Readable | null)[]) pipe?.destroy();
    exit(code, signal, error);
  };
  child.on('error', (error) => {
    if (child.pid === undefined) report(null, null, error); // spawn failed; other errors come with an exit
  });
  child.on('exit', (code, signal) => {
    killGroup(child); // at once: the id of the group is ours only as long as the system has not given it to another
    const timer = setTimeout(() => report(code, signal, null), OUTPUT_PAUSE_MS);
    child.once('close', () => {
      clearTimeout(timer);
      report(code, signal, null);
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // nothing of the group is left
  }
}
