import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installStamp } from './install.mjs';
import { root, run, say } from './process.mjs';

const stampFile = join(root, 'node_modules', '.tale-build');

/** Builds the apps unless no source has changed since; ends the process if it fails. They bundle the packages from source. */
export async function buildApps(pnpm) {
  const stamp = sourceStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  say('building…');
  const code = await run(pnpm, ['--filter', './apps/*', '--silent', 'run', 'build'], { stdio: ['ignore', 2, 2] });
  if (code !== 0) {
    say(`the build failed (exit ${code}).`);
    process.exit(code);
  }
  writeFileSync(stampFile, stamp);
}

/** Changes whenever a file that goes into the apps does: names, sizes and times of all sources, and the installation. */
function sourceStamp() {
  const hash = createHash('sha256').update(installStamp());
  for (const group of ['packages', 'apps', 'tooling']) {
    for (const name of readdirSync(join(root, group)).sort()) {
      const folder = join(root, group, name);
      for (const entry of ['package.json', 'tsup.config.ts', 'tsup.js']) addFile(hash, join(folder, entry));
      addTree(hash, join(folder, 'src'));
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
