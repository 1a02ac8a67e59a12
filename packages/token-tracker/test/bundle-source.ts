import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'tsup';

/** The package's source as one JavaScript file, for child processes; removed when it is disposed of. */
export async function bundleSource(): Promise<{ readonly path: string } & AsyncDisposable> {
  const root = new URL('..', import.meta.url).pathname;
  // Inside the package, so that its dependencies are found.
  const folder = await mkdtemp(join(root, 'node_modules', '.bundle-'));
  await build({
    entry: { index: join(root, 'src/index.ts'), testing: join(root, 'src/testing/index.ts') },
    outDir: folder,
    format: 'esm',
    target: 'node20',
    config: false,
    silent: true,
  });
  return {
    path: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
