import { join } from 'node:path';
import { createLocalEngine } from '@tale/local-engine';
import { ensureRuntime, fileEntry, writeTinyGguf } from '@tale/local-engine/testing';
import { createModelPool } from '@tale/model-pool';
import { backendCases } from '@tale/model-pool/testing';
import { temporaryDatabase, temporaryFolder } from '@tale/test-kit';
import { createTokenTracker, migrateTokens } from '@tale/token-tracker';
import { beforeAll, describe, expect, inject, it } from 'vitest';

const token = 'secret';
const model = 'tiny:test';
let runtimeDir = '';

beforeAll(async () => {
  runtimeDir = await ensureRuntime(join(import.meta.dirname, '../../../.tools/local-engine-runtime'));
}, 300_000);

/** A real engine with a real, tiny model that never ends by itself if it is told so. */
async function engine(options: { endless?: boolean } = {}) {
  const folder = await temporaryFolder();
  const file = join(folder.path, 'tiny.gguf');
  await writeTinyGguf(file, options);
  const running = await createLocalEngine({
    dataDir: join(folder.path, 'engine'),
    port: 0,
    token,
    catalog: [await fileEntry(model, file)],
    runnerEntry: inject('runnerEntry'),
    runtimeDir,
  });
  await fetch(`${running.url}/api/pull`, {
    method: 'POST',
    body: JSON.stringify({ model, stream: false }),
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  return {
    url: running.url,
    async [Symbol.asyncDispose]() {
      await running.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('local-engine is a backend of the pool', () => {
  for (const { name, run } of backendCases) {
    it(name, async () => {
      await using target = await engine();
      await run({ url: target.url, model, token });
    }, 60_000);
  }
});

it('its own counts reach the tracker to the token, of calls that are broken off as well', async () => {
  await using target = await engine({ endless: true });
  await using database = await temporaryDatabase();
  await migrateTokens(database.kysely);
  await using tracker = createTokenTracker({ kysely: database.kysely, sqlite: database.sqlite });
  await using pool = createModelPool({
    backends: { local: { kind: 'ollama', url: target.url, token } },
    models: { tiny: { backend: 'local', model, contextTokens: 1024 } },
    roles: { planning: { candidates: ['tiny'] } },
    gate: tracker,
  });
  await pool.start();
  const complete = await pool.generate({ role: 'planning', prompt: 'hello', maxOutputTokens: 12 });
  expect(complete.end.usage).toMatchObject({ source: 'reported', outputTokens: 12 });

  const controller = new AbortController();
  let pieces = 0;
  const broken = (async () => {
    for await (const event of pool.call({ role: 'planning', prompt: 'hello', signal: controller.signal })) {
      if (event.type === 'text-delta' && ++pieces === 10) controller.abort();
    }
  })();
  await expect(broken).rejects.toMatchObject({ code: 'aborted' });
  const [row] = await tracker.calls();
  expect(row).toMatchObject({ status: 'aborted', source: 'partial', inputTokens: complete.end.usage.inputTokens });
  expect(row?.outputTokens).toBeGreaterThanOrEqual(5);
}, 60_000);
