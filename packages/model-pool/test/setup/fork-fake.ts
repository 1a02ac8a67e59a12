import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'tsup';

export interface ForkedFake extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly url: string;
  readonly controlUrl: string;
}

/** The command of the fake as a process of its own, built from source: a forked Node 20 runs no TypeScript. */
export async function forkFake(argv: readonly string[]): Promise<ForkedFake> {
  // Inside the package, so that the bundle finds what it imports.
  const folder = await mkdtemp(join(import.meta.dirname, '../../node_modules/.fake-'));
  await build({
    config: false,
    entry: { main: join(import.meta.dirname, '../../src/testing/fake-ollama-cli.ts') },
    format: 'esm',
    target: 'node20',
    outDir: folder,
    outExtension: () => ({ js: '.mjs' }),
    dts: false,
    silent: true,
  });
  const child = fork(join(folder, 'main.mjs'), [...argv], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (data) => resolve(String(data)));
    child.once('exit', (code) => reject(new Error(`the fake ended with ${code}`)));
  });
  return {
    child,
    ...(JSON.parse(line) as { url: string; controlUrl: string }),
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
