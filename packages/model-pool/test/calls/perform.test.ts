import { describe, expect, it } from 'vitest';
import { openPool } from '../setup/open-pool.js';

const timers = { firstTokenMinMs: 100 };
const late = { code: 'first-token-timeout', retryable: true, details: { firstTokenMs: expect.any(Number) } };

describe('what comes as a whole does not wait for ever for a server that is silent', () => {
  it('vectors', async () => {
    await using opened = await openPool(
      {
        models: { vectors: { backend: 'fake', model: 'vectors:1b', contextTokens: 2048 } },
        roles: { embed: { candidates: ['vectors'] } },
        timers,
      },
      { models: [{ model: 'vectors:1b', capabilities: ['embedding'] }] },
    );
    const { pool, fake } = opened;
    await pool.load('vectors');
    await fake.set({ kind: 'silent', path: '/api/embed' });
    await expect(pool.embed({ input: ['x'] })).rejects.toMatchObject(late);
    await fake.set();
    expect((await pool.embed({ input: ['x'] })).embeddings).toHaveLength(1);
  });

  it('answers with probabilities', async () => {
    await using opened = await openPool({ timers }, { engine: 'other' });
    const { pool, fake } = opened;
    const questions = { isTask: { type: 'noul', instructions: 'Is it a task?' } } as const;
    await pool.load('small');
    await fake.set({ kind: 'silent', path: '/v1/systemone' });
    await expect(pool.decide({ state: 'x', questions })).rejects.toMatchObject(late);
    await fake.set();
    expect(await pool.decide({ state: 'x', questions })).toMatchObject({ method: 'probabilities' });
  });
});
