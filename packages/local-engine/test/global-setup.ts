import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import type { TestProject } from 'vitest/node';
import { ensureRuntime, writeTinyGguf } from '../src/testing/index.js';

const packageRoot = fileURLToPath(new URL('..', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    /** The child's main module, built from source: a forked Node 20 runs no TypeScript. */
    runnerEntry: string;
    /** A child that misbehaves when it is told to: `test/fixtures/misbehaving-runner.ts`. */
    misbehavingEntry: string;
    /** The program `local-engine`, built from source. */
    commandEntry: string;
    /** A process that pulls a model and dies where it is told to: `test/children/pull.ts`. */
    pullEntry: string;
    /** The native runtime, shared by all test processes. */
    runtimeDir: string;
    /** A real model that ends after one sentence. */
    tinyPath: string;
    /** A real model that never ends. */
    endlessPath: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'tale-test-runner-'));
  await build({
    config: false,
    entry: {
      main: join(packageRoot, 'src/runner/child/main.ts'),
      misbehaving: join(packageRoot, 'test/fixtures/misbehaving-runner.ts'),
      command: join(packageRoot, 'src/command.ts'),
      pull: join(packageRoot, 'test/children/pull.ts'),
    },
    format: 'esm',
    target: 'node20',
    outDir: folder,
    outExtension: () => ({ js: '.mjs' }),
    noExternal: ['zod'],
    dts: false,
    silent: true,
  });
  project.provide('runnerEntry', join(folder, 'main.mjs'));
  project.provide('misbehavingEntry', join(folder, 'misbehaving.mjs'));
  project.provide('commandEntry', join(folder, 'command.mjs'));
  project.provide('pullEntry', join(folder, 'pull.mjs'));
  const models = { tinyPath: join(folder, 'tiny.gguf'), endlessPath: join(folder, 'endless.gguf') };
  await writeTinyGguf(models.tinyPath);
  await writeTinyGguf(models.endlessPath, { endless: true });
  project.provide('tinyPath', models.tinyPath);
  project.provide('endlessPath', models.endlessPath);
  project.provide('runtimeDir', await ensureRuntime(join(packageRoot, '..', '..', '.tools', 'local-engine-runtime')));
  return () => rm(folder, { recursive: true, force: true });
}
