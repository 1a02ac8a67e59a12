import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endFailed, fetchPatience, root, run, say } from './process.mjs';

const stampFile = join(root, 'node_modules', '.tale-install');

/** What an installation depends on: the lockfile and the Node that native modules are built for. */
export function installStamp(folder = root) {
  return createHash('sha256')
    .update(readFileSync(join(folder, 'pnpm-lock.yaml')))
    .update(`${process.version} ${process.platform} ${process.arch}`)
    .digest('hex');
}

/** Installs the workspace from the lockfile unless that was done already; ends the process if it fails. */
export async function installWorkspace(pnpm) {
  const stamp = installStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  say(
    'installing dependencies (the first time about a minute; native modules compile where no binary can be fetched)…',
  );
  const args = ['install', '--frozen-lockfile', '--prod=false', '--reporter=append-only', ...fetchPatience];
  const code = await run(pnpm, [...args, '--config.confirm-modules-purge=false'], { stdio: ['ignore', 2, 2] });
  if (code !== 0) endFailed(code, 'the installation failed; the lines above say why.');
  writeFileSync(stampFile, stamp);
}
