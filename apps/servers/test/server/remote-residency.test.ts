import type { PoolStatus } from '@tale/model-pool';
import { expect, it } from 'vitest';
import { remoteResidency } from '../../src/server/remote-residency.js';

const status = {
  mode: 'together',
  models: [
    { model: 'tiny', roles: ['ux'], state: 'resident', health: 'ok', memoryBytes: 5, residencyLostMs: 0, digest: 'x' },
  ],
  memory: { budgetBytes: 10, heldBytes: 5, strangers: [] },
} as unknown as PoolStatus;

it('says what the models server says, asked at most once a second', async () => {
  let asked = 0;
  const time = { nowMs: 0 };
  const pool = {
    status: async () => {
      asked += 1;
      return status;
    },
  };
  const facts = remoteResidency(pool, () => time.nowMs);
  const residency = {
    mode: 'together',
    models: [{ model: 'tiny', roles: ['ux'], state: 'resident', health: 'ok', memoryBytes: 5, residencyLostMs: 0 }],
    memory: { budgetBytes: 10, heldBytes: 5 },
  };
  expect(await facts()).toEqual({ residency });
  time.nowMs = 999;
  await facts();
  expect(asked).toBe(1);
  time.nowMs = 1_000;
  await facts();
  expect(asked).toBe(2);
});

it('says null where the models server is down', async () => {
  const facts = remoteResidency({ status: () => Promise.reject(new Error('down')) }, () => 0);
  expect(await facts()).toEqual({ residency: null });
});
