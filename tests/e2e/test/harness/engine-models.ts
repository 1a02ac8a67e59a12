import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogEntry } from '@tale/local-engine';
import { ensureRuntime, fileEntry, writeTinyGguf } from '@tale/local-engine/testing';
import { tools } from './places.js';

/** A real model of half a megabyte that never stops by itself. */
export const tiny = 'tiny:latest';

/** Puts the native runtime and the tiny model within reach of the local engine of a data folder. */
export async function prepareTinyModel(dataFolder: string): Promise<void> {
  const gguf = join(dataFolder, '..', 'tiny.gguf');
  await writeTinyGguf(gguf, { endless: true });
  await prepareEngine(dataFolder, [await fileEntry(tiny, gguf)]);
}

/** Lends the runtime, which is fetched once for all tests of the repository, and writes the user's catalogue. */
export async function prepareEngine(dataFolder: string, catalog: readonly CatalogEntry[]): Promise<void> {
  const folder = join(dataFolder, 'local-engine');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  symlinkSync(await ensureRuntime(join(tools, 'local-engine-runtime')), join(folder, 'runtime'));
  writeFileSync(join(folder, 'catalog.json'), JSON.stringify(catalog), { mode: 0o600 });
}
