import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'tsup';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the bundled child programs. */
    children: string;
  }
}

/** Bundles what the tests run in processes of its own: Node 20 runs no TypeScript. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const root = new URL('..', import.meta.url).pathname;
  const outDir = await mkdtemp(join(tmpdir(), 'tale-supervisor-'));
  await build({
    entry: {
      'test-server-main': join(root, 'src/testing/test-server-main.ts'),
      'supervisor-main': join(root, 'test/children/supervisor-main.ts'),
    },
    outDir,
    format: 'esm',
    target: 'node20',
    outExtension: () => ({ js: '.mjs' }),
    noExternal: [/.*/],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    config: false,
    silent: true,
    dts: false,
    clean: false,
  });
  project.provide('children', outDir);
  return () => rm(outDir, { recursive: true, force: true });
}
