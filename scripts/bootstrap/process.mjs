import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root folder of the repository. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Version of pnpm that `packageManager` of the root package pins. */
export const pnpmVersion = /^pnpm@([^+]+)/.exec(
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager,
)[1];

/** Folder that holds the pinned pnpm. */
export const pnpmHome = join(root, '.tools', `pnpm-${pnpmVersion}`);

/** How npm and pnpm fetch: their own patience without a network is more than a minute of silence. */
export const fetchPatience = ['--fetch-retries=3', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];

/** One line on stderr. */
export function say(message) {
  process.stderr.write(`tale: ${message}\n`);
}

/** Says why and ends the process with exit code 1. */
export function fail(message) {
  say(message);
  process.exit(1);
}

/** Ends the process with the code of a tool that failed, and says why unless a signal ended the tool. */
export function endFailed(code, message) {
  say(code > 128 ? 'interrupted.' : `${message} Once that is mended, run the same command again.`);
  process.exit(code);
}

/** The environment for a tool: the pinned pnpm first on the PATH, no telemetry, the tool's own output not silenced by `npm --silent`. */
function toolEnvironment() {
  const { npm_config_loglevel: _silenced, ...env } = process.env;
  const pathKey = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  env[pathKey] = `${join(pnpmHome, 'node_modules/.bin')}${delimiter}${env[pathKey] ?? ''}`;
  env.TURBO_TELEMETRY_DISABLED = '1';
  env.DO_NOT_TRACK = '1';
  env.NODE_RUNTIME = `${process.version} ${process.arch}`; // turbo's cache distinguishes by it
  return env;
}

/**
 * Runs a JavaScript file with this Node and resolves with its exit code (128 + signal number after a signal). Signals that reach
 * this process are passed on; Ctrl+C of a terminal reaches the child by itself.
 */
export async function run(file, args, { stdio = 'inherit', cwd = root } = {}) {
  const child = spawn(process.execPath, [file, ...args], { cwd, stdio, env: toolEnvironment() });
  const passOn = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, passOn);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    });
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
}
