#!/usr/bin/env node
// From Node and npm alone to a built workspace: gets the pinned pnpm, installs when the lockfile changed, builds when a source
// changed, then runs `tale`, `test` or a script of the root package. Two at once wait for one another.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildApps } from './bootstrap/build.mjs';
import { installWorkspace } from './bootstrap/install.mjs';
import { withLock } from './bootstrap/lock.mjs';
import { ensurePnpm } from './bootstrap/pnpm.mjs';
import { fail, root, run } from './bootstrap/process.mjs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Node ${process.versions.node} is too old: tale needs 20.19 or newer.`);
}

const [task = 'tale', ...rest] = process.argv.slice(2);
const pnpm = await withLock(async () => {
  const cli = await ensurePnpm();
  await installWorkspace(cli);
  if (task === 'tale') await buildApps(cli);
  return cli;
});

if (task === 'tale') {
  const main = join(root, 'apps/cli/dist/main.js');
  process.argv.splice(1, 2, main);
  await import(pathToFileURL(main).href);
} else if (task === 'test') {
  process.exitCode = await run(join(root, 'scripts/check.mjs'), rest);
} else if (task === 'build') {
  process.exitCode = await run(pnpm, ['exec', 'turbo', 'run', 'build', ...rest]);
} else if (task === 'changeset') {
  process.exitCode = await run(pnpm, ['exec', 'changeset', ...rest]);
} else {
  fail(`bootstrap: unknown task "${task}"; it is one of tale, test, build, changeset.`);
}
