import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from './places.js';

/** Builds the apps; `TALE_E2E_NO_BUILD=1` takes them as they are. */
export default async function buildApps(): Promise<void> {
  if (process.env.TALE_E2E_NO_BUILD) return;
  const run = promisify(execFile);
  for (const app of ['cli', 'servers']) {
    const folder = join(repository, 'apps', app);
    await run(join(folder, 'node_modules/.bin/tsup'), { cwd: folder });
  }
}
