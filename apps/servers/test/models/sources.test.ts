import { startFakeOllama } from '@tale/model-pool/testing';
import { settingsSchema } from '@tale/protocol';
import { expect, it } from 'vitest';
import { type ChoiceRequest, createChooseModels, type ModelSource } from '../../src/models/choose-models.js';
import { ollamaSource } from '../../src/models/ollama-source.js';

const settings = settingsSchema.parse({}).models;
const gigabytes = 1e9;

function request(changes: Partial<ChoiceRequest['settings']> = {}): ChoiceRequest {
  return {
    settings: { ...settings, ...changes },
    report: () => undefined,
    signal: new AbortController().signal,
    tried: [],
  };
}
const source = (url: string, budgetBytes = 8 * gigabytes) =>
  ollamaSource({ url, budgetBytes: async () => budgetBytes, now: () => 0 });

it('takes the smallest of what Ollama has to talk and the largest that fits to work', async () => {
  await using ollama = await startFakeOllama({
    models: [
      { model: 'small:1b', bytes: 0.5 * gigabytes },
      { model: 'large:3b', bytes: 2 * gigabytes },
      { model: 'huge:70b', bytes: 40 * gigabytes },
    ],
  });
  const choice = await source(ollama.url).choose(request());
  expect(choice).toMatchObject({
    backend: { name: 'ollama', options: { kind: 'ollama', url: ollama.url } },
    ux: { model: 'small:1b' },
    planning: { model: 'large:3b' },
    reason: 'the best of what Ollama has that fits the memory',
    hint: null,
  });
});

it('takes the configured models before its own choice', async () => {
  await using ollama = await startFakeOllama({ models: [{ model: 'small:1b' }, { model: 'named:latest' }] });
  expect(await source(ollama.url).choose(request({ ux: 'small:1b', planning: 'named' }))).toMatchObject({
    ux: { model: 'small:1b' },
    planning: { model: 'named:latest' },
  });
});

it('names what there is when the configured model is not', async () => {
  await using ollama = await startFakeOllama({ models: [{ model: 'small:1b' }] });
  await expect(source(ollama.url).choose(request({ planning: 'gone:1b' }))).rejects.toMatchObject({
    code: 'model-missing',
    hint: expect.stringContaining('small:1b'),
    details: { model: 'gone:1b' },
  });
});

it('leaves the choice to the next source when nobody answers or nothing fits, and notes why', async () => {
  await using ollama = await startFakeOllama({ models: [{ model: 'huge:70b', bytes: 40 * gigabytes }] });
  const down = request();
  expect(await source('http://127.0.0.1:9').choose(down)).toBeNull();
  expect(down.tried).toEqual([expect.stringContaining('does not answer')]);
  const small = request();
  expect(await source(ollama.url, 2 * gigabytes).choose(small)).toBeNull();
  expect(small.tried).toEqual([expect.stringContaining('fits the memory')]);
});

it('says what it tried when an Ollama without models cannot fetch one', async () => {
  await using ollama = await startFakeOllama({ models: [], pullable: [] });
  const asked = request();
  expect(await source(ollama.url).choose(asked)).toBeNull();
  expect(asked.tried).toEqual([expect.stringContaining('could not fetch qwen2.5:0.5b')]);
});

it('asks an Ollama without models for a small one', async () => {
  await using ollama = await startFakeOllama({
    models: [],
    pullable: [{ model: 'qwen2.5:0.5b', bytes: 0.4 * gigabytes }],
  });
  const choice = await source(ollama.url).choose(request());
  expect(ollama.log.map(({ path }) => path)).toContain('/api/pull');
  expect(choice).toMatchObject({ ux: { model: 'qwen2.5:0.5b' }, planning: { model: 'qwen2.5:0.5b' } });
});

const empty: ModelSource = {
  async choose({ tried }) {
    tried.push('second: empty');
    return null;
  },
};

it('fails with everything that was tried when no source has a model', async () => {
  const tried: string[] = [];
  const choose = createChooseModels(settings, [source('http://127.0.0.1:9'), empty], (notes) => {
    tried.push(...notes);
    return new Error('nothing');
  });
  await expect(choose(() => undefined, new AbortController().signal)).rejects.toThrow('nothing');
  expect(tried).toHaveLength(2);
});
