import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'tsup';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Main module of local-engine's child, built from source. */
    runnerEntry: string;
  }
}

const root = join(import.meta.dirname, '../../..');

/** Builds local-engine's child once, which Node 20 cannot run from TypeScript. No package is imported here: a set-up sees no sources. */
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
  return () => rm(outDir, { recursive: true, force: true });
}
