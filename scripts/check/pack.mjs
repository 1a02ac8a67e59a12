// Packs every package as it is published and checks the tarballs: publint, attw, and size-limit on what is built.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pnpmHome, root, run, say } from '../bootstrap/process.mjs';

const pnpm = join(pnpmHome, 'node_modules/pnpm/bin/pnpm.cjs');
const folder = join(root, '.tools', 'packed');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const failed = [];
for (const name of readdirSync(join(root, 'packages')).sort()) {
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
    const code = await run(pnpm, args, { cwd: step === 'pack' ? cwd : root, stdio: ['ignore', 'ignore', 'inherit'] });
    if (code === 0) continue;
    failed.push(`${name}: ${step}`);
    if (step !== 'pack') await run(pnpm, args, { cwd: root });
    break;
  }
}
if ((await run(pnpm, ['exec', 'size-limit'])) !== 0) failed.push('size-limit');

if (failed.length > 0) say(`pack: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
