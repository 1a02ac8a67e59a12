import { startFakeOllama } from '@tale/model-pool/testing';
import { expect, it } from 'vitest';
import { createPoolOwner } from '../../src/models/pool-owner.js';
import { createSetup, type ModelChoice } from '../../src/models/setup.js';

const base = { maxOutputTokens: 64 };

it('makes one pool, whoever asks and how often', async () => {
  await using ollama = await startFakeOllama({ models: [{ model: 'tiny' }] });
  const tiny = { model: 'tiny', contextTokens: 2048 };
  const choice: ModelChoice = {
    backend: { name: 'ollama', options: { kind: 'ollama', url: ollama.url } },
    ux: tiny,
    planning: tiny,
    reason: 'r',
    hint: null,
  };
  const owner = createPoolOwner(
    createSetup(async () => choice),
    base,
  );
  const [one, two] = await Promise.all([owner.pool(), owner.pool()]);
  expect(one).toBe(two);
  expect((await one.generate({ role: 'planning', prompt: 'hello' })).text.length).toBeGreaterThan(0);
  await owner.close();
  await expect(one.generate({ role: 'planning', prompt: 'hello' })).rejects.toMatchObject({
    retryable: expect.any(Boolean),
  });
});

it('rejects while no model can be had, and works after a retry of the setup', async () => {
  await using ollama = await startFakeOllama({ models: [{ model: 'tiny' }] });
  let isThere = false;
  const tiny = { model: 'tiny', contextTokens: 2048 };
  const setup = createSetup(async () => {
    if (!isThere) throw new Error('nothing yet');
    return {
      backend: { name: 'ollama', options: { kind: 'ollama', url: ollama.url } },
      ux: tiny,
      planning: tiny,
      reason: 'r',
      hint: null,
    };
  });
  const owner = createPoolOwner(setup, base);
  await expect(owner.pool()).rejects.toThrow('nothing yet');
  isThere = true;
  setup.retry();
  expect((await owner.pool()).status().models).toHaveLength(1);
  await owner.close();
});

it('closes without ever having made one', async () => {
  const owner = createPoolOwner(
    createSetup(async () => Promise.reject(new Error('never'))),
    base,
  );
  await owner.close();
});
