import { describe, expect, it } from 'vitest';
import { type MetricsPort, metricSeries } from '../../src/index.js';
import { openPool } from '../setup/open-pool.js';
import { openScripted } from '../setup/scripted-pool.js';

interface Told {
  readonly method: keyof MetricsPort;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function recordingPort() {
  const told: Told[] = [];
  const record =
    (method: keyof MetricsPort) =>
    (name: string, labels: Readonly<Record<string, string>>, value = 1) =>
      void told.push({ method, name, labels, value });
  const port = { count: record('count'), observe: record('observe'), gauge: record('gauge') } as MetricsPort;
  const of = (name: string) => told.filter((entry) => entry.name === name);
  return { port, told, of };
}

const methods = { counter: 'count', histogram: 'observe', gauge: 'gauge' } as const;

describe('the table of series', () => {
  it('has each name once, in the form that registries take, and buckets where they are needed', () => {
    const names = metricSeries.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const series of metricSeries) {
      expect(series.name).toMatch(/^model_pool_[a-z_]+$/);
      expect(series.help).toMatch(/\.$/);
      expect(series.name.endsWith('_total')).toBe(series.kind === 'counter');
      expect('buckets' in series).toBe(series.kind === 'histogram');
      for (const label of series.labels) expect(label).not.toMatch(/id$/i);
    }
  });
});

describe('a pool with metrics', () => {
  it('tells only what stands in the table, with the labels of the table, whose values are those of the configuration', async () => {
    const { port, told } = recordingPort();
    await using opened = await openPool({ metrics: port, memory: { budget: 9e9 }, random: () => 0 });
    const { pool, fake } = opened;
    await pool.start();
    const labels = { taskId: 'TASK', userId: 'me' };
    await pool.generate({ role: 'ux', prompt: 'x [tokens=20] [rate=500]', labels });
    await fake.set({ kind: 'status-500', times: 2 });
    await pool.generate({ role: 'planning', prompt: 'x', labels }).catch(() => {});
    fake.evict('small:1b');
    await pool.load('small');
    const known = new Set(['ux', 'planning', 'embed', 'background', 'small:1b', 'large:8b', 'fake', 'ok', 'error']);
    for (const { method, name, labels: given, value } of told) {
      const series = metricSeries.find((entry) => entry.name === name);
      expect(series, name).toBeDefined();
      expect(method).toBe(methods[series?.kind ?? 'gauge']);
      expect(Object.keys(given).sort()).toEqual([...(series?.labels ?? [])].sort());
      for (const label of Object.values(given)) expect(known).toContain(label);
      expect(Number.isFinite(value) && value >= 0).toBe(true);
    }
    expect(new Set(told.map(({ name }) => name))).toEqual(new Set(metricSeries.map(({ name }) => name)));
  });

  it('counts attempts by how they ended and tells their times in seconds', async () => {
    const { port, of } = recordingPort();
    await using opened = await openScripted({ small: { loadMs: 2_000 }, large: {} }, { metrics: port });
    const { pool, settle, server } = opened;
    server.plan('small', { tokens: 11, prefillMs: 500, pieceMs: 100 }, { tokens: 0, code: 'stalled' });
    await settle(pool.generate({ role: 'ux', prompt: 'x' }));
    await settle(pool.generate({ role: 'ux', prompt: 'x' }).catch(() => {}));
    expect(of('model_pool_calls_total').map(({ labels, value }) => [labels.status, value])).toEqual([
      ['ok', 1],
      ['error', 1],
    ]);
    expect(of('model_pool_load_seconds')).toMatchObject([{ labels: { model: 'small' }, value: 2 }]);
    expect(of('model_pool_first_token_seconds')).toMatchObject([
      { labels: { role: 'ux', model: 'small' }, value: 2.6 },
    ]);
    expect(of('model_pool_tokens_per_second')).toMatchObject([{ labels: { model: 'small' }, value: 10 }]);
    expect(of('model_pool_lane_wait_seconds')).toMatchObject([{ labels: { lane: 'ux' }, value: 0 }, { value: 0 }]);
  });

  it('tells how many wait while they come and go', async () => {
    const { port, of } = recordingPort();
    await using opened = await openScripted({ small: {}, large: {} }, { metrics: port });
    const { pool, settle } = opened;
    await settle(Promise.all(['a', 'b', 'c'].map((prompt) => pool.generate({ role: 'ux', prompt }))));
    const waiting = of('model_pool_lane_waiting')
      .filter(({ labels }) => labels.lane === 'ux')
      .map(({ value }) => value);
    expect(Math.max(...waiting)).toBe(2);
    expect(waiting.at(-1)).toBe(0);
  });

  it('tells what a model lost of its residency, and an open breaker', async () => {
    const { port, of } = recordingPort();
    await using opened = await openScripted({ small: { loadMs: 3_000 }, large: {} }, { metrics: port });
    const { pool, settle, server, clock } = opened;
    await settle(pool.start());
    await settle(pool.load('small'));
    server.resident.delete('small');
    await clock.advance(15_000);
    await opened.until(() => (of('model_pool_residency_lost_seconds').at(-1)?.value ?? 0) >= 3);
    server.isDown = true;
    for (let count = 0; count < 3; count += 1) await settle(pool.generate({ role: 'ux', prompt: 'x' }).catch(() => {}));
    expect(of('model_pool_backend_open').some(({ value }) => value === 1)).toBe(true);
  });

  it('a port that throws is logged and harms nobody', async () => {
    const logged: object[] = [];
    const quiet = () => {};
    const logger = { debug: quiet, info: quiet, warn: quiet, error: (fields: object) => void logged.push(fields) };
    const fail = () => {
      throw new Error('mine');
    };
    await using opened = await openScripted(
      { small: {}, large: {} },
      { metrics: { count: fail, observe: fail, gauge: fail }, logger },
    );
    const { pool, settle } = opened;
    await settle(pool.start());
    expect((await settle(pool.generate({ role: 'ux', prompt: 'x' }))).end.status).toBe('ok');
    expect(logged.length).toBeGreaterThan(1);
  });
});
