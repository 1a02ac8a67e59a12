import { type ChildProcess, spawn } from 'node:child_process';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the built command. */
    bundle: string;
  }
}

export const bundle = inject('bundle');

/** The built command as a process. */
export interface BundleRun {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | string>;
}

export function startBundle(args: readonly string[], env: NodeJS.ProcessEnv, stdin?: string): BundleRun {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [`${bundle}/main.js`, ...args], {
    env: { PATH, HOME, TALE_SERVERS_ENTRY: `${bundle}/fake/fake-supervisor.js`, ...env },
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  if (stdin !== undefined) child.stdin!.end(stdin);
  const exit = new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return { child, out: () => out, err: () => err, exit };
}

/** Runs it to its end. */
export async function runBundle(args: readonly string[], env: NodeJS.ProcessEnv = {}, stdin?: string) {
  const run = startBundle(args, env, stdin);
  const exitCode = await run.exit;
  return { exitCode, out: run.out(), err: run.err() };
}
