import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { ModelPoolOptions } from '../../src/index.js';
import { openPool } from '../setup/open-pool.js';
import { modelOf, seen } from '../setup/pool-facts.js';

const residency = { busyMs: 20, idleMs: 20 };
const planning = { role: 'planning', prompt: 'x' } as const;
/** The server has room for the small model alone; the pool has no budget, so that only the server finds out. */
const opened = (more: Partial<ModelPoolOptions> = {}) =>
  openPool({ residency, ...more }, { memoryBytes: 2_000_000_000 });
const gibibyte = 2 ** 30;
const tooLarge = {
  code: 'memory-insufficient',
  retryable: true,
  model: 'large:8b',
  backend: 'fake',
  details: {
    status: 500,
    needBytes: Math.round(4.7 * gibibyte),
    availableBytes: Math.round(1.9 * gibibyte),
  },
};

describe('a model that the memory of its server does not hold', () => {
  it('is refused with the sizes, at the first attempt', async () => {
    await using pair = await opened();
    await expect(pair.pool.generate(planning)).rejects.toMatchObject({ ...tooLarge, attempt: 1 });
    expect(seen(pair.events, 'call-end')).toMatchObject({
      status: 'error',
      error: { code: 'memory-insufficient' },
      usage: { inputTokens: 0 },
    });
  });

  it('rests after that, and its calls are told the same without another load', async () => {
    await using pair = await opened();
    const { pool, fake } = pair;
    await expect(pool.generate(planning)).rejects.toMatchObject(tooLarge);
    const requests = () => fake.log.filter(({ body }) => body?.model === 'large:8b').length;
    const before = requests();
    await expect(pool.generate(planning)).rejects.toMatchObject({ ...tooLarge, retryAfterMs: expect.any(Number) });
    expect(requests()).toBe(before);
  });

  it('is not loaded again and again because it should stay in memory', async () => {
    await using pair = await opened({ roles: { ux: { candidates: ['large'] } } });
    const { pool, fake } = pair;
    await pool.start();
    await until('it failed', () => modelOf(pool, 'large').state === 'failed');
    const looks = () => fake.log.filter(({ path }) => path === '/api/ps').length;
    const before = looks();
    await until('some rounds', () => looks() > before + 5);
    const loads = fake.log.filter(({ path, body }) => path === '/api/generate' && body?.model === 'large:8b');
    expect(loads).toHaveLength(1);
  });

  it('leaves its call to the next candidate', async () => {
    await using pair = await opened({ roles: { planning: { candidates: ['large', 'small'] } } });
    expect((await pair.pool.generate(planning)).end).toMatchObject({
      ...{ model: 'small:1b', fallbackFrom: 'large', attempt: 2 },
    });
  });
});
