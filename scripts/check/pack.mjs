// Packs every package as it is published and checks the tarballs: publint, attw, and size-limit on what is built.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pnpmHome, root, run, say } from '../bootstrap/process.mjs';

const pnpm = join(pnpmHome, 'node_modules/pnpm/bin/pnpm.cjs');
const folder = join(root, '.tools', 'packed');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

/** Packs one package and resolves with the step that failed, after showing what it says; `null` if all is well. */
async function check(name) {
  const cwd = join(root, 'packages', name);
  const { version } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8'));
  const tarball = join(folder, `tale-${name}-${version}.tgz`);
  const steps = {
    pack: ['pack', '--pack-destination', folder],
    publint: ['exec', 'publint', tarball, '--strict'],
    attw: ['exec', 'attw', tarball, '--profile', 'esm-only', '--format', 'ascii'],
  };
  for (const [step, args] of Object.entries(steps)) {
    // publint and attw are tools of the root package; pack runs in the package itself.
    const where = { cwd: step === 'pack' ? cwd : root };
    if ((await run(pnpm, args, { ...where, stdio: 'ignore' })) === 0) continue;
    await run(pnpm, args, where);
    return `${name}: ${step}`;
  }
  return null;
}

const failed = [];
const waiting = readdirSync(join(root, 'packages')).sort();
async function checkWaiting() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const failure = await check(name);
    if (failure !== null) failed.push(failure);
  }
}
await Promise.all([checkWaiting(), checkWaiting()]); // two at once keep two cores busy
if ((await run(pnpm, ['exec', 'size-limit'])) !== 0) failed.push('size-limit');

if (failed.length > 0) say(`pack: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
