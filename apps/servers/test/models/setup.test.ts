import type { SetupEvent } from '@tale/protocol';
import { expect, it } from 'vitest';
import { poolOptions } from '../../src/models/pool-owner.js';
import { createSetup, type ModelChoice } from '../../src/models/setup.js';
import { ServerError } from '../../src/server/server-error.js';

const choice: ModelChoice = {
  backend: { name: 'local', options: { kind: 'ollama', url: 'http://127.0.0.1:1', token: 't' } },
  ux: { model: 'small', contextTokens: 2048 },
  planning: { model: 'large', contextTokens: 4096 },
  reason: 'because',
  hint: null,
};

it('tells a follower the latest event and all later ones', async () => {
  let go: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const setup = createSetup(async (report) => {
    report({ phase: 'download', name: 'm', message: 'm', completedBytes: 1, totalBytes: 2, etaMs: null });
    await gate;
    return choice;
  });
  const seen: SetupEvent['type'][] = [];
  setup.follow((event) => seen.push(event.type));
  expect(seen).toEqual(['setup-progress']);
  go();
  expect(await setup.choice()).toBe(choice);
  expect(seen).toEqual(['setup-progress', 'setup-end']);
});

it('can be tried again after a failure and not otherwise', async () => {
  let tries = 0;
  const setup = createSetup(async () => {
    tries++;
    if (tries === 1)
      throw new ServerError('models-unavailable', 'nothing', { retryable: true, details: { tried: ['a'] } });
    return choice;
  });
  await expect(setup.choice()).rejects.toMatchObject({ code: 'models-unavailable' });
  const seen: SetupEvent[] = [];
  setup.follow((event) => seen.push(event));
  expect(seen).toMatchObject([
    { type: 'setup-error', error: { code: 'models-unavailable', source: 'models', details: { tried: ['a'] } } },
  ]);
  setup.retry();
  expect(await setup.choice()).toBe(choice);
  setup.retry();
  expect(await setup.choice()).toBe(choice);
  expect(tries).toBe(2);
});

it('makes one model serve both roles where they are the same', () => {
  const base = { maxOutputTokens: 100 };
  expect(Object.keys(poolOptions(choice, base).models)).toEqual(['small', 'large']);
  const one = poolOptions({ ...choice, ux: choice.planning }, base);
  expect(one.models).toEqual({
    large: { backend: 'local', model: 'large', contextTokens: 4096, maxOutputTokens: 100 },
  });
  expect(one.roles).toEqual({ ux: { candidates: ['large'] }, planning: { candidates: ['large'] } });
});
