import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '@tale/test-kit';

/** What a child tells. */
export interface ChildMessage {
  readonly type: 'open' | 'start' | 'stop' | 'end' | 'late';
  readonly taskId: string;
  readonly run: number;
  readonly epoch: number;
  readonly code: string;
  readonly accepted: boolean;
}

/** A worker in a process of its own, killed when it is disposed of. */
export interface ChildWorker extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly messages: readonly ChildMessage[];
  /** The first message of a type. */
  message(type: ChildMessage['type']): Promise<ChildMessage>;
  /** Sends a signal and, if it ends the process, waits for the exit. */
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
}

export async function childWorker(
  bundle: string,
  file: string,
  options: { server: string; slots?: number; leaseMs?: number; workMs?: number; zombie?: boolean },
): Promise<ChildWorker> {
  const script = fileURLToPath(new URL('../children/worker.mjs', import.meta.url));
  const child = fork(script, [bundle, file, JSON.stringify(options)], { execArgv: [] });
  const messages: ChildMessage[] = [];
  child.on('message', (message) => messages.push(message as ChildMessage));
  const message = (type: ChildMessage['type']) =>
    until(`${type} from ${options.server}`, () => messages.find((received) => received.type === type));
  const kill = async (signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    if (signal === 'SIGKILL') await once(child, 'exit');
  };
  await message('open');
  return { process: child, messages, message, kill, [Symbol.asyncDispose]: () => kill('SIGKILL') };
}
