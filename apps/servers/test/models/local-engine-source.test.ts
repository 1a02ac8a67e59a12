import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalEngine } from '@tale/local-engine';
import { ensureRuntime, fakeRunners, fileEntry, writeTinyGguf } from '@tale/local-engine/testing';
import { settingsSchema } from '@tale/protocol';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it } from 'vitest';
import type { ChoiceRequest } from '../../src/models/choose-models.js';
import { localEngineSource } from '../../src/models/local-engine-source.js';

const token = 'secret';
const runtime = join(import.meta.dirname, '../../../../.tools/local-engine-runtime');

/** A real engine whose catalogue holds one tiny model from a file. */
async function engine() {
  const folder = await temporaryFolder();
  const dataDir = join(folder.path, 'local-engine');
  await mkdir(dataDir, { mode: 0o700 });
  await symlink(await ensureRuntime(runtime), join(dataDir, 'runtime'));
  const file = join(folder.path, 'tiny.gguf');
  await writeTinyGguf(file);
  const running = await createLocalEngine({
    dataDir,
    port: 0,
    token,
    catalog: [await fileEntry('tiny:test', file)],
    spawnRunner: fakeRunners().spawn,
  });
  const source = localEngineSource({
    dataDir,
    url: async () => running.url,
    token,
    budgetBytes: async () => 8e9,
    now: Date.now,
  });
  return {
    source,
    async [Symbol.asyncDispose]() {
      await running.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function request(changes: Partial<ChoiceRequest['settings']>): ChoiceRequest & { messages: string[] } {
  const messages: string[] = [];
  const settings = { ...settingsSchema.parse({}).models, ...changes };
  const report: ChoiceRequest['report'] = ({ message }) => void messages.push(message);
  return { settings, report, signal: new AbortController().signal, tried: [], messages };
}

it('fetches the configured model through the engine, with progress', async () => {
  await using all = await engine();
  const asked = request({ ux: 'tiny:test', planning: 'tiny:test' });
  expect(await all.source.choose(asked)).toMatchObject({
    backend: { name: 'local', options: { kind: 'ollama', token } },
    ux: { model: 'tiny:test' },
    planning: { model: 'tiny:test' },
    hint: null,
    reason: expect.stringContaining('as configured'),
  });
  expect(asked.messages.some((message) => message.startsWith('tiny:test: pulling'))).toBe(true);
});

it('names a configured model that nobody has', async () => {
  await using all = await engine();
  await expect(all.source.choose(request({ ux: 'tiny:test', planning: 'none:1b' }))).rejects.toMatchObject({
    code: 'model-missing',
    details: { model: 'none:1b' },
    hint: expect.stringContaining('smollm2:135m'),
  });
});

it('says what was tried when nothing can be had', async () => {
  await using all = await engine();
  const asked = request({});
  asked.tried.push('Ollama does not answer');
  await expect(all.source.choose(asked)).rejects.toMatchObject({
    code: 'models-unavailable',
    details: { tried: expect.arrayContaining(['Ollama does not answer']) },
  });
});
