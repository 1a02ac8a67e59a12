import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'tsup';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Program that is started as a child process, bundled from source. */
    childFile: string;
  }
}

/** Bundles the child program, below node_modules so that it finds the database driver; takes it away again. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(import.meta.dirname, '../node_modules/.test-children-'));
  await build({
    config: false,
    silent: true,
    entry: { child: join(import.meta.dirname, 'children/child.ts') },
    outDir: folder,
    format: 'esm',
    target: 'node20',
    outExtension: () => ({ js: '.mjs' }),
    skipNodeModulesBundle: true,
  });
  project.provide('childFile', join(folder, 'child.mjs'));
  return () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
