import { type ChildProcess, fork } from 'node:child_process';
import type { RunnerProcess } from '../types.js';
import { runnerEnvironment } from './environment.js';
import type { FromRunner } from './protocol.js';

const keptCharacters = 4_000;

/** Starts a child with piped output, a small environment and no options of this Node. */
export function forkRunner(entry: string): RunnerProcess {
  const child: ChildProcess = fork(entry, [], {
    serialization: 'advanced',
    env: runnerEnvironment(process.env),
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-keptCharacters);
  });
  child.stdout?.resume();
  child.on('error', () => {}); // a send that fails; the exit says the rest
  const over = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      const said = tail.trim().split('\n').slice(-3).join(' | ');
      resolve(`${signal ? `signal ${signal}` : `exit code ${code}`}${said ? `: ${said}` : ''}`);
    });
    if (child.pid === undefined) setImmediate(() => resolve('it could not be started'));
  });
  return {
    pid: child.pid,
    send(message) {
      if (child.connected) child.send(message, () => {});
    },
    onMessage: (listener) => void child.on('message', (message) => listener(message as FromRunner)),
    onExit: (listener) => void over.then(listener),
    kill: () => void child.kill('SIGKILL'),
  };
}
