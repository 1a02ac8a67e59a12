import { join } from 'node:path';
import { createLocalEngine } from '@tale/local-engine';
import { ensureRuntime, fileEntry, writeTinyGguf } from '@tale/local-engine/testing';
import { createModelPool } from '@tale/model-pool';
import {
  type BackendCapabilities,
  type BackendTarget,
  backendCases,
  openAiCases,
  skipReason,
} from '@tale/model-pool/testing';
import { temporaryDatabase, temporaryFolder } from '@tale/test-kit';
import { createTokenTracker, migrateTokens } from '@tale/token-tracker';
import { beforeAll, describe, expect, inject, it } from 'vitest';

const token = 'secret';
const model = 'tiny:test';
let runtimeDir = '';

beforeAll(async () => {
  runtimeDir = await ensureRuntime(join(import.meta.dirname, '../../../.tools/local-engine-runtime'));
}, 300_000);

/** Tiny models of the engine; the first one never ends by itself if it is told so. */
const tinyModels = (endless: boolean) =>
  [
    [model, ['completion'], { endless }],
    ['thinker:test', ['completion', 'thinking'], { thinking: 'well, let me see' }],
    ['caller:test', ['completion', 'tools'], { tools: true }],
    ['pullable:test', ['completion'], { sentence: 'another one, which has to be fetched.' }],
  ] as const;

/** What the engine is capable of. */
const capabilities: BackendCapabilities = {
  embeddings: true,
  tools: true,
  thinking: true,
  'plain-model': true,
  json: 'a model this small does not end by itself what it may write freely',
  schema: true,
  systemone: true,
  tokenize: true,
  pull: true,
  reload: 'a pin survives the reload of its model',
  truncation: true,
  'single-slot': true,
  'small-queue': 'its queue takes 512 calls',
  'memory-check': 'all of its models fit',
  'host-check': true,
  'model-names': true,
};

/** A real engine with real models. */
async function engine({ endless = false } = {}): Promise<BackendTarget & AsyncDisposable> {
  const folder = await temporaryFolder();
  const catalog = [];
  for (const [name, abilities, options] of tinyModels(endless)) {
    const file = join(folder.path, `${name.replace(':', '-')}.gguf`);
    await writeTinyGguf(file, options);
    catalog.push(await fileEntry(name, file, abilities));
  }
  const running = await createLocalEngine({
    dataDir: join(folder.path, 'engine'),
    port: 0,
    token,
    catalog,
    runnerEntry: inject('runnerEntry'),
    runtimeDir,
  });
  for (const name of [model, 'thinker:test', 'caller:test']) {
    await fetch(`${running.url}/api/pull`, {
      method: 'POST',
      body: JSON.stringify({ model: name, stream: false }),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
  }
  return {
    url: running.url,
    model,
    token,
    plainModel: model,
    thinkingModel: 'thinker:test',
    toolModel: 'caller:test',
    pullableModel: 'pullable:test',
    async [Symbol.asyncDispose]() {
      await running.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

for (const [api, cases] of [
  ["Ollama's", backendCases],
  ["OpenAI's", openAiCases],
] as const) {
  describe(`local-engine is a backend of the pool with ${api} API`, () => {
    for (const oneCase of cases) {
      const reason = skipReason(oneCase, capabilities);
      if (reason !== null) {
        it.skip(`${oneCase.name} (${reason})`, () => {});
        continue;
      }
      it(oneCase.name, async () => {
        await using target = await engine({ endless: true });
        await oneCase.run(target);
      }, 60_000);
    }
  });
}

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
