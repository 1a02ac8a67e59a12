import { expect, it } from 'vitest';
import { runAbortStorm } from '../../src/testing/index.js';
import { openPool } from '../setup/open-pool.js';

const model = (name: string) => ({ backend: 'fake', model: name, contextTokens: 4096, slots: 4 });

it('MODEL-POOL-5: a thousand calls that are left at random points leave nothing behind', async () => {
  await using opened = await openPool(
    { models: { small: model('small:1b'), large: model('large:8b') } },
    { slots: 4, timing: { loadMs: 5, prefillMsPerToken: 0.2, jitter: 0.5 } },
  );
  const { pool, fake, events } = opened;
  const result = await runAbortStorm({ pool, fake, count: 1_000 });
  expect(result).toMatchObject({ heldSlots: 0, failed: {} });
  expect(result.aborted + result.answered).toBe(1_000);
  expect(result.aborted).toBeGreaterThan(200);
  expect(pool.status().lanes.map(({ running, waiting }) => running + waiting)).toEqual([0, 0, 0]);
  const count = (type: string) => events.filter((event) => event.type === type).length;
  expect(count('call-start')).toBe(count('call-end'));
  expect((await pool.generate({ role: 'ux', prompt: '[say quiet again]' })).text).toBe('quiet again');
}, 120_000);
