import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { builtInCatalog, type CatalogEntry } from '@tale/local-engine';
import { expect, it } from 'vitest';
import { documentOf, failureOf } from './harness/document.js';
import { prepareEngine } from './harness/engine-models.js';
import { tools } from './harness/places.js';
import { startTale } from './harness/tale.js';

const name = 'smollm2:135m';
const entry = builtInCatalog().find((each) => each.name === name) as CatalogEntry;
/** The file as it was fetched once; a run that finds it here fetches nothing. */
const kept = join(tools, 'models', `sha256-${entry.sha256}`);

it('E2E-ENGINE-2 fetches a model of the catalogue, checks it, and answers with it', async (context) => {
  await using tale = await startTale({ models: 'none', env: { TALE_MODELS_UX: name, TALE_MODELS_PLANNING: name } });
  const near = existsSync(kept) ? [{ kind: 'file' as const, path: kept }] : [];
  await prepareEngine(tale.dataFolder, [{ ...entry, sources: [...near, ...entry.sources] }]);
  const result = await tale.run(['submit', '--json', 'Say hello.'], { timeoutMs: 170_000 });
  if (result.code === 5 && failureOf(result).code === 'models-unavailable') {
    context.skip(`no source of ${name} can be reached: ${failureOf(result).message}`);
  }
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toMatch(/smollm2:135m: /);
  const task = documentOf(result, 'tale.submit/1');
  expect(task.result).toMatch(/[A-Za-z]{2}/); // so small a model says this or that
  expect(task.usage).toMatchObject({ source: 'reported' });
  expect(
    task.usage.byModel.every(
      ({ model, outputTokens }: { model: string; outputTokens: number }) => model === name && outputTokens > 0,
    ),
  ).toBe(true);

  if (!existsSync(kept)) {
    mkdirSync(join(tools, 'models'), { recursive: true });
    copyFileSync(
      join(tale.dataFolder, 'local-engine/models/blobs', `sha256-${entry.sha256}`),
      `${kept}.${process.pid}`,
    );
    renameSync(`${kept}.${process.pid}`, kept);
  }
}, 180_000);
