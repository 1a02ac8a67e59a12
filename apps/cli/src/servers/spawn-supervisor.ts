import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ErrorEnvelope } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import { exitCodeOf, exitCodes } from '../exit-codes.js';

/** What the supervisor says while it starts. */
export type StartMessage =
  | { readonly type: 'server-state'; readonly name: string; readonly instance: number; readonly state: string }
  | { readonly type: 'ready' }
  | Failed;

interface Failed {
  readonly type: 'failed';
  readonly error: ErrorEnvelope;
  readonly exitCode: number;
}

/** Settings of this start that stand above the configuration. */
export interface StartSettings {
  readonly port: number | null;
  readonly executionInstances: number | null;
}

/** How a supervisor that was spawned came up. */
export type StartResult =
  | { readonly kind: 'ready' }
  /** Another one holds the data folder. */
  | { readonly kind: 'locked' }
  | { readonly kind: 'failed'; readonly error: CommandError };

/** Exit codes of a supervisor. */
const configurationExitCode = 2;
const lockedExitCode = 3;

/** What a supervisor's last words mean. */
export function resultOfFailure({ error, exitCode }: Pick<Failed, 'error' | 'exitCode'>): StartResult {
  if (exitCode === lockedExitCode) return { kind: 'locked' };
  if (exitCode !== configurationExitCode) return { kind: 'failed', error: CommandError.from(error) };
  const code = exitCodeOf(error.code) === exitCodes.configuration ? error.code : 'config';
  return { kind: 'failed', error: CommandError.from({ ...error, code }) };
}

/**
 * Starts a supervisor that outlives this process and waits until its servers are ready. `signal` ends the waiting, not the start.
 */
export async function spawnSupervisor(
  env: NodeJS.ProcessEnv,
  settings: StartSettings,
  onState: (message: Extract<StartMessage, { type: 'server-state' }>) => void,
  signal: AbortSignal,
): Promise<StartResult> {
  // Imported when needed: it would cost every command a twentieth of Node's start.
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [supervisorEntry(env)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: supervisorEnvironment(env, settings),
  });
  try {
    return await waitForStart(child, onState, signal);
  } finally {
    child.removeAllListeners();
    child.on('error', () => {}); // a message that was on its way when the channel closed
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** The file that a supervisor runs. */
export function supervisorEntry(env: NodeJS.ProcessEnv): string {
  const entry = env.TALE_SERVERS_ENTRY || fileURLToPath(new URL('../../servers/dist/supervisor.js', import.meta.url));
  if (existsSync(entry)) return entry;
  throw new CommandError('start-failed', `The servers are not built: ${entry} is missing.`, { hint: 'npm run build' });
}

/** The environment of a supervisor. */
export function supervisorEnvironment(env: NodeJS.ProcessEnv, settings: StartSettings): NodeJS.ProcessEnv {
  return {
    ...env,
    ...(settings.port === null ? {} : { TALE_GATEWAY_PORT: String(settings.port) }),
    ...(settings.executionInstances === null ? {} : { TALE_EXECUTION_INSTANCES: String(settings.executionInstances) }),
  };
}

/** How a process ended, once everything that it sent has been received. */
export async function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const exit = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
  // Its last message may come after its end.
  if (child.connected) await new Promise((resolve) => child.once('disconnect', resolve));
  return exit;
}

async function waitForStart(
  child: ChildProcess,
  onState: (message: Extract<StartMessage, { type: 'server-state' }>) => void,
  signal: AbortSignal,
): Promise<StartResult> {
  const said = new Promise<StartResult>((resolve) => {
    child.on('message', (message: StartMessage) => {
      if (message.type === 'server-state') onState(message);
      else if (message.type === 'ready') resolve({ kind: 'ready' });
      else if (message.type === 'failed') resolve(resultOfFailure(message));
    });
  });
  const failed = (message: string, cause?: unknown): StartResult => ({
    kind: 'failed',
    error: new CommandError('start-failed', message, { cause, hint: 'tale logs --level warn' }),
  });
  const ended = exitOf(child).then(
    ({ code, signal: endSignal }) => {
      if (code === lockedExitCode) return { kind: 'locked' } as const;
      return failed(`The supervisor ended while it started (${endSignal ?? `exit code ${code}`}).`);
    },
    (error: Error) => failed(`The supervisor could not be started: ${error.message}.`, error),
  );
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([said, ended, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
