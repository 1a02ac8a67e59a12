import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import type { TestProject } from 'vitest/node';
import { ensureRuntime } from '../src/testing/index.js';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    /** The child's main module, built from source: a forked Node 20 runs no TypeScript. */
    runnerEntry: string;
    /** The native runtime, shared by all test processes. */
    runtimeDir: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'tale-test-runner-'));
  await build({
    config: false,
    entry: { main: join(packageRoot, 'src/runner/child/main.ts') },
    format: 'esm',
    target: 'node20',
    outDir: folder,
    outExtension: () => ({ js: '.mjs' }),
    dts: false,
    silent: true,
  });
  project.provide('runnerEntry', join(folder, 'main.mjs'));
  project.provide('runtimeDir', await ensureRuntime(join(packageRoot, '..', '..', '.tools', 'local-engine-runtime')));
  return () => rm(folder, { recursive: true, force: true });
}
