import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { app } from '@tale/presets/tsup';
import { build } from 'tsup';
import config from '../../tsup.config.ts';

/**
 * Bundles the command as it is built, and the stand-in of the supervisor, once for all tests.
 *
 * @param {import('vitest/node').TestProject} project
 */
export default async function setup(project) {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const folder = `${root}node_modules/.test-bundle`;
  // Below the package, so that better-sqlite3 is found.
  await build({ ...config, config: false, outDir: folder, silent: true });
  const fake = { 'fake-supervisor': `${root}test/support/fake-supervisor.ts` };
  await build({ ...app(fake), config: false, outDir: `${folder}/fake`, silent: true });
  project.provide('bundle', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
