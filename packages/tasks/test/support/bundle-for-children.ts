import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** File with the package and Kysely in plain JavaScript, for child processes. */
    bundle: string;
  }
}

export default async function bundleForChildren(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'tale-tasks-bundle-'));
  await build({
    config: false,
    entry: { bundle: fileURLToPath(new URL('../children/bundle-entry.ts', import.meta.url)) },
    outDir: folder,
    format: 'esm',
    target: 'node20',
    noExternal: [/.*/],
    outExtension: () => ({ js: '.mjs' }),
    silent: true,
  });
  project.provide('bundle', join(folder, 'bundle.mjs'));
  return () => rm(folder, { recursive: true, force: true });
}
