import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createModelPool } from '../src/index.js';
import { openPool, poolOptions } from './setup/open-pool.js';
import { modelOf, seen } from './setup/pool-facts.js';

/** As an Ollama on 0.0.0.0, which does not look at the name it was called by. */
async function serveAnyName() {
  const answers: Record<string, object> = { '/api/version': { version: '0.35.1' } };
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answers[request.url ?? ''] ?? { models: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const residency = { busyMs: 20, idleMs: 20 };

describe('the status', () => {
  it('has every fact of a model that answered', async () => {
    await using opened = await openPool(
      { residency, memory: { budget: 20e9 }, health: { canaryMs: null } },
      { timing: { loadMs: 20, prefillMsPerToken: 1, tokensPerSecond: 500 } },
    );
    const { pool, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    for (let count = 0; count < 5; count += 1) await pool.generate({ role: 'ux', prompt: 'word '.repeat(60) });
    await until('seen', () => modelOf(pool, 'small').memoryBytes);
    expect(modelOf(pool, 'small')).toEqual({
      id: 'small',
      name: 'small',
      roles: ['ux'],
      backend: 'fake',
      model: 'small:1b',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      contextTokens: 4096,
      maxOutputTokens: 4096,
      countsTokens: false,
      ready: true,
      resident: 'always',
      state: 'resident',
      sinceMs: expect.any(Number),
      memoryBytes: 1_000_000_000,
      needBytes: 1_020_000_000,
      loadMs: expect.any(Number),
      loadP95Ms: expect.any(Number),
      tokensPerSecond: expect.any(Number),
      prefillTokensPerSecond: expect.any(Number),
      firstTokenMs: expect.any(Number),
      health: 'ok',
      lastCanary: null,
      drift: { adoptedContextTokens: null, staleDigest: null, tooSlowFor: [] },
      heldBackBy: null,
      residencyLostMs: 0,
      error: null,
    });
    expect(modelOf(pool, 'small').loadMs).toBeGreaterThanOrEqual(20);
    expect(modelOf(pool, 'large')).toMatchObject({ state: 'absent', health: 'unknown', memoryBytes: null });
  });

  it('has the servers with what is unsafe about them', async () => {
    await using opened = await openPool({ residency }, { version: '0.34.9' });
    const { pool } = opened;
    await pool.start();
    expect(pool.status().backends).toMatchObject([
      { name: 'fake', state: 'up', error: null, openForMs: 0, residency: 'managed', isLocal: true, version: '0.34.9' },
    ]);
    const codes = pool.status().backends[0]?.warnings.map(({ code }) => code);
    expect(codes).toEqual(['version-unsafe']);
  });

  it('warns of an Ollama that answers under any name: it is bound beyond loopback', async () => {
    await using server = await serveAnyName();
    const pool = createModelPool(poolOptions(server.url));
    await using _ = pool;
    await pool.start();
    expect(pool.status().backends[0]).toMatchObject({ state: 'up', warnings: [{ code: 'bound-beyond-loopback' }] });
  });

  it('has the memory and the mode before anything is known', async () => {
    await using opened = await openPool({ memory: { budget: 'auto' } });
    expect(opened.pool.status()).toMatchObject({
      mode: 'together',
      residency: { fits: null, standIn: null, changes: [] },
      memory: { budgetBytes: null, source: null, heldBytes: 0, strangers: [], isExceeded: false },
      backends: [{ state: 'unknown', warnings: [] }],
    });
  });

  it('is plain: it survives JSON', async () => {
    await using opened = await openPool({ residency, memory: { budget: 20e9 } });
    await opened.pool.start();
    await opened.pool.load('large');
    const status = opened.pool.status();
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
  });
});
