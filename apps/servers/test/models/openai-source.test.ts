import { startFakeOllama } from '@tale/model-pool/testing';
import { settingsSchema } from '@tale/protocol';
import { expect, it } from 'vitest';
import type { ChoiceRequest } from '../../src/models/choose-models.js';
import { openAiSource } from '../../src/models/openai-source.js';

const settings = settingsSchema.parse({}).models;
const request = (changes: Partial<ChoiceRequest['settings']> = {}): ChoiceRequest => ({
  settings: { ...settings, ...changes },
  report: () => undefined,
  signal: new AbortController().signal,
  tried: [],
});

it('takes what the server serves, with its key', async () => {
  await using server = await startFakeOllama({ serves: 'llama-server', models: [{ model: 'served' }] });
  const choice = await openAiSource({ url: `${server.url}/v1`, apiKey: 'k' }).choose(request());
  expect(choice).toMatchObject({
    backend: { name: 'openai', options: { kind: 'openai', url: `${server.url}/v1`, apiKey: 'k' } },
    ux: { model: 'served' },
    planning: { model: 'served' },
  });
});

it('names what is served when the configured model is not', async () => {
  await using server = await startFakeOllama({ serves: 'llama-server', models: [{ model: 'served' }] });
  await expect(openAiSource({ url: server.url, apiKey: null }).choose(request({ ux: 'gone' }))).rejects.toMatchObject({
    code: 'model-missing',
    hint: expect.stringContaining('served'),
  });
});

it('says that the server does not answer instead of taking another one', async () => {
  await expect(openAiSource({ url: 'http://127.0.0.1:9', apiKey: null }).choose(request())).rejects.toMatchObject({
    code: 'models-unavailable',
    retryable: true,
    hint: expect.stringContaining('openai.url'),
  });
});
