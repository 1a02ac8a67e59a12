import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { fileEstimates } from '../../src/models/memory-estimates.js';

const estimate = { digest: 'a'.repeat(64), contextTokens: 4096, slots: 1, meanBytes: 5e8, sigmaBytes: 1e6, loads: 3 };

it('keeps estimates in a file of this user alone', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'model-memory.json');
  expect(await fileEstimates(path).load()).toEqual([]);
  await fileEstimates(path).save([estimate]);
  expect(await fileEstimates(path).load()).toEqual([estimate]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it.each([
  ['half a document', '{"format":"tale.model-mem'],
  ['another format', JSON.stringify({ format: 'tale.model-memory/9', estimates: [estimate] })],
  ['no list', JSON.stringify({ format: 'tale.model-memory/1', estimates: {} })],
  ['nothing', ''],
])('takes %s for none', async (_, text) => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'model-memory.json');
  await writeFile(path, text);
  expect(await fileEstimates(path).load()).toEqual([]);
});

it('drops what is no estimate', async () => {
  await using root = await temporaryFolder();
  const path = join(root.path, 'model-memory.json');
  const estimates = [estimate, null, 1, { ...estimate, meanBytes: -1 }, { ...estimate, loads: '3' }, { digest: 'x' }];
  await writeFile(path, JSON.stringify({ format: 'tale.model-memory/1', estimates }));
  expect(await fileEstimates(path).load()).toEqual([estimate]);
  expect(await readFile(path, 'utf8')).toContain('tale.model-memory/1');
});
