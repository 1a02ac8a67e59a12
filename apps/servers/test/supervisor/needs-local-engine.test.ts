import { startFakeOllama } from '@tale/model-pool/testing';
import { expect, it } from 'vitest';
import { needsLocalEngine } from '../../src/supervisor/needs-local-engine.js';

it('is not needed where Ollama answers with a model', async () => {
  await using ollama = await startFakeOllama({ models: [{ model: 'qwen2.5:0.5b' }] });
  expect(await needsLocalEngine(ollama.url)).toBe(false);
});

it('is needed where Ollama has none, or nobody answers', async () => {
  await using ollama = await startFakeOllama({ models: [] });
  expect(await needsLocalEngine(ollama.url)).toBe(true);
  expect(await needsLocalEngine('http://127.0.0.1:9')).toBe(true);
});
