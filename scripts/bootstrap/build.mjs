import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installStamp } from './install.mjs';
import { endFailed, root, run, say } from './process.mjs';

const stampFile = join(root, 'node_modules', '.tale-build');
const outputs = ['apps/cli/dist/main.js', 'apps/servers/dist/supervisor.js'];

/** Builds the apps unless no source has changed since; ends the process if it fails. They bundle the packages from source. */
export async function buildApps(pnpm) {
  const stamp = sourceStamp();
  const isBuilt = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (isBuilt && outputs.every((file) => existsSync(join(root, file)))) return;
  say('building…');
  const code = await run(pnpm, ['--filter', './apps/*', '--silent', 'run', 'build'], { stdio: ['ignore', 2, 2] });
  if (code !== 0) endFailed(code, 'the build failed; the lines above say why.');
  writeFileSync(stampFile, stamp);
}

/** Changes whenever a file that goes into the apps does: names, sizes and times of all sources, and the installation. */
export function sourceStamp(folder = root) {
  const hash = createHash('sha256').update(installStamp(folder));
  for (const group of ['packages', 'apps', 'tooling']) {
    for (const name of readdirSync(join(folder, group)).sort()) {
      const path = join(folder, group, name);
      for (const entry of ['package.json', 'tsup.config.ts', 'tsup.js']) addFile(hash, join(path, entry));
      addTree(hash, join(path, 'src'));
    }
  }
  return hash.digest('hex');
}

function addTree(hash, folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) addFile(hash, join(entry.parentPath ?? entry.path, entry.name));
  }
}

function addFile(hash, file) {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats) hash.update(`${file} ${stats.size} ${stats.mtimeMs}\n`);
}
