import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { CallGate, CallStart, StoryEntry } from '../../src/index.js';
import { openPool } from '../setup/open-pool.js';
import { all, modelOf, seen } from '../setup/pool-facts.js';

const residency = { busyMs: 20, idleMs: 20 };
const health = { canaryMs: 60 };

describe('a canary', () => {
  it('asks a model that nobody used for one token, in the lane background and through the gate', async () => {
    const begun: CallStart[] = [];
    const gate: CallGate = {
      begin: async (call) => {
        begun.push(call);
        return { progress: async () => {}, settle: async () => {} };
      },
    };
    await using opened = await openPool({ residency, health, gate });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    expect(modelOf(pool, 'small').health).toBe('unknown');
    await until('asked', () => seen(events, 'call-end'));
    expect(seen(events, 'call-end')).toMatchObject({
      status: 'ok',
      lane: 'background',
      role: 'ux',
      maxOutputTokens: 1,
      labels: { purpose: 'canary' },
      usage: { outputTokens: 1 },
    });
    expect(begun).toHaveLength(all(events, 'call-end').length);
    await until('known', () => modelOf(pool, 'small').lastCanary);
    expect(modelOf(pool, 'small')).toMatchObject({ health: 'ok', lastCanary: { error: null } });
    expect(fake.log.filter(({ path }) => path === '/api/chat')[0]?.body).toMatchObject({
      think: false,
      keep_alive: -1,
      options: { num_ctx: 4096, num_predict: 1 },
    });
    expect(fake.loads).toEqual({ 'small:1b': 1 });
  });

  it('does not keep a model on demand in memory, nor make it look used', async () => {
    await using opened = await openPool({
      residency,
      health,
      roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'], lingerMs: 2_000 } },
    });
    const { pool, events } = opened;
    await pool.start();
    await pool.generate({ role: 'planning', prompt: 'x' });
    const usedMs = performance.now();
    await until(
      'asked',
      () =>
        all(events, 'call-end').filter(({ model, labels }) => model === 'large:8b' && labels.purpose === 'canary')
          .length > 3,
    );
    await until('gone', () => seen(events, 'model-evict', 'large'));
    expect(seen(events, 'model-evict', 'large')).toMatchObject({ reason: 'linger' });
    expect(performance.now() - usedMs).toBeLessThan(12_000);
  });

  it('fills no record of decisions', async () => {
    const recorded: StoryEntry[] = [];
    const record = { add: (entry: StoryEntry) => void recorded.push(entry) };
    await using opened = await openPool({ residency, health, record });
    const { pool, events } = opened;
    await pool.start();
    await until('asked twice', () => all(events, 'call-end').length >= 2);
    await pool.generate({ role: 'ux', prompt: 'x', requestId: 'ASKED' });
    const asked = new Set(all(events, 'call-end').map(({ requestId }) => requestId));
    expect(asked.size).toBeGreaterThan(2);
    expect(
      all(events, 'decision').filter(({ requestId }) => requestId !== 'ASKED' && asked.has(requestId ?? '')),
    ).not.toEqual([]);
    const requestIds = new Set(recorded.map(({ requestId }) => requestId).filter((id) => id !== null));
    expect([...requestIds]).toEqual(['ASKED']);
  });

  it('is not sent while there is traffic, nor where it is switched off', async () => {
    await using opened = await openPool({ residency, health: { canaryMs: null } });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await until('some rounds', () => fake.log.filter(({ path }) => path === '/api/ps').length > 15);
    expect(all(events, 'call-start')).toEqual([]);
  });

  it('that fails twice has the model loaded anew, once, and says so', async () => {
    await using opened = await openPool({ residency, health, timers: { firstTokenMinMs: 400, stallMs: 400 } });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await fake.set({ kind: 'silent', path: '/api/chat' });
    await until('suspect', () => modelOf(pool, 'small').health === 'suspect');
    await until('loaded anew', () => fake.loads['small:1b'] === 2);
    expect(seen(events, 'model-lost', 'small')).toMatchObject({ reason: 'unresponsive' });
    expect(pool.status().residency.changes).toContainEqual(
      expect.objectContaining({ name: 'small', change: 'reload', reason: 'unresponsive' }),
    );
    const failures = () => all(events, 'call-end').filter(({ status }) => status === 'error').length;
    const before = failures();
    await until('two more failures', () => failures() >= before + 2);
    expect(fake.loads['small:1b']).toBe(2);
    expect(modelOf(pool, 'small').lastCanary?.error).toBe('first-token-timeout');
    await fake.set();
    await until('well again', () => modelOf(pool, 'small').health === 'ok');
    expect(seen(events, 'residency-restore', 'small')).toBeDefined();
  });

  it('gives way to a call that waits', async () => {
    await using opened = await openPool({ residency, health, timers: { firstTokenMinMs: 60_000 } });
    const { pool, fake, events } = opened;
    await pool.start();
    await until('ux is there', () => seen(events, 'model-ready', 'small'));
    await fake.set({ kind: 'silent', path: '/api/chat', times: 1 });
    await until('a question hangs', () => seen(events, 'call-start'));
    await until('it was sent', () => fake.log.some(({ path }) => path === '/api/chat'));
    const { end } = await pool.generate({ role: 'ux', prompt: 'x' });
    expect(end.status).toBe('ok');
    expect(seen(events, 'call-end')).toMatchObject({ status: 'aborted', labels: { purpose: 'canary' } });
    expect(modelOf(pool, 'small')).toMatchObject({ health: 'ok', lastCanary: null });
  });

  it('ends with the pool', async () => {
    await using opened = await openPool({ residency, health, timers: { firstTokenMinMs: 60_000 } });
    const { pool, fake, events } = opened;
    await pool.start();
    await fake.set({ kind: 'silent', path: '/api/chat' });
    await until('a question hangs', () => fake.log.some(({ path }) => path === '/api/chat'));
    const closedMs = performance.now();
    await pool.close();
    expect(performance.now() - closedMs).toBeLessThan(20_000);
    expect(all(events, 'call-end')).toHaveLength(all(events, 'call-start').length);
  });
});
