// A process that pulls one model, and kills itself before the n-th step that changes the disk.
import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { openOfflineModels } from '../../src/offline.js';

const [dataDir = '', runnerEntry = '', model = '', lastStep = '0'] = process.argv.slice(2);
let steps = 0;

function step<Result>(work: () => Promise<Result>): Promise<Result> {
  steps++;
  if (steps !== Number(lastStep)) return work();
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

// Everything that changes the disk is bound to these when it is called.
const real = { ...promises };
const patched = promises as unknown as Record<string, unknown>;
for (const name of ['chmod', 'link', 'mkdir', 'rename', 'rm', 'rmdir', 'truncate', 'writeFile'] as const) {
  const work = real[name] as (...given: unknown[]) => Promise<unknown>;
  patched[name] = (...given: unknown[]) => step(() => work(...given));
}
patched.open = async (path: string, flags: string, mode?: number) => {
  const file = flags === 'r' ? await real.open(path) : await step(() => real.open(path, flags, mode));
  for (const name of ['writeFile', 'sync'] as const) {
    const work = file[name].bind(file) as (...given: unknown[]) => Promise<void>;
    file[name] = ((...given: unknown[]) => step(() => work(...given))) as FileHandle[typeof name] &
      (() => Promise<void>);
  }
  return file;
};
syncBuiltinESMExports();

const models = await openOfflineModels(dataDir, { runnerEntry, environment: process.env });
try {
  await models.pull(model, { signal: new AbortController().signal, onEvent() {} });
  process.stdout.write(`steps ${steps}\n`);
} catch (error) {
  process.stdout.write(`error ${(error as { code: string }).code}\n`);
} finally {
  await models[Symbol.asyncDispose]();
}
