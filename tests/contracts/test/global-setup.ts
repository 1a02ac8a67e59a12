import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureRuntime } from '@tale/local-engine/testing';
import { build } from 'tsup';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Main module of local-engine's child, built from source. */
    runnerEntry: string;
    /** Folder of the native runtime. */
    runtimeDir: string;
  }
}

const root = join(import.meta.dirname, '../../..');

/** Builds local-engine's child once, which Node 20 cannot run from TypeScript, and puts its runtime in place. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const outDir = await mkdtemp(join(import.meta.dirname, '../node_modules/.runner-'));
  await build({
    entry: { runner: join(root, 'packages/local-engine/src/runner/child/main.ts') },
    outDir,
    config: false,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    silent: true,
    dts: false,
    clean: false,
  });
  provide('runnerEntry', join(outDir, 'runner.js'));
  provide('runtimeDir', await ensureRuntime(join(root, '.tools/local-engine-runtime')));
  return () => rm(outDir, { recursive: true, force: true });
}
