import { describe, expect, it } from 'vitest';
import type { Decision, ModelPoolError, PoolEvent } from '../../src/index.js';
import { replayLog } from '../../src/index.js';
import { openScripted } from '../setup/scripted-pool.js';

const models = { small: { loadMs: 100 }, large: { bytes: 5e9, loadMs: 5_000 } };
const covered = { role: 'planning', prompt: 'plan it', coverWhileLoading: 'ux' } as const;

const decisions = (events: readonly PoolEvent[]): Decision[] => events.filter((event) => event.type === 'decision');
const kinds = (events: readonly PoolEvent[], kind: Decision['kind']) =>
  decisions(events).filter((decision) => decision.kind === kind);

describe('answer now, think later', () => {
  it('the small model answers while the large one is loaded behind it, and the next call finds that one', async () => {
    await using opened = await openScripted(models);
    const { pool, settle, events, server, clock } = opened;
    await settle(pool.load('small'));
    const startMs = clock.now();
    const { end } = await settle(pool.generate(covered));
    expect(end).toMatchObject({
      ...{ model: 'small', coveredBy: 'small', fallbackFrom: null, status: 'ok', attempt: 1 },
      ...{ role: 'planning', lane: 'planning', timing: { loadMs: 0 } },
    });
    expect(clock.now() - startMs).toBeLessThan(200);
    expect(server.loads).toEqual(['small', 'large']);
    expect(kinds(events, 'cover')).toMatchObject([{ chosen: 'small', rejected: [{ option: 'large' }] }]);
    await clock.advance(6_000);
    expect(pool.status().models.find(({ name }) => name === 'large')?.state).toBe('resident');
    expect((await settle(pool.generate(covered))).end).toMatchObject({ model: 'large', coveredBy: null });
    expect(server.loads).toEqual(['small', 'large']);
    expect(replayLog(decisions(events))).toEqual([]);
  });

  it('only where it is asked for, and only where the small one is in memory', async () => {
    await using opened = await openScripted(models);
    const { pool, settle, server } = opened;
    expect((await settle(pool.generate(covered))).end).toMatchObject({ model: 'large', coveredBy: null });
    await settle(pool.load('small'));
    await settle(pool.unload('large'));
    expect((await settle(pool.generate({ role: 'planning', prompt: 'x' }))).end.model).toBe('large');
    expect(server.loads).toEqual(['large', 'small', 'large']);
  });

  it('not by a small model that cannot do what is asked', async () => {
    await using opened = await openScripted({ ...models, small: { loadMs: 100, capabilities: ['completion'] } });
    const { pool, settle } = opened;
    await settle(pool.load('small'));
    const tools = [{ name: 'look', parameters: {} }];
    const messages = [{ role: 'user', content: 'x' } as const];
    const { end } = await settle(pool.generate({ role: 'planning', messages, tools, coverWhileLoading: 'ux' }));
    expect(end).toMatchObject({ model: 'large', coveredBy: null });
  });

  it('a person who talks to the small model does not wait behind a covered call', async () => {
    await using opened = await openScripted(models);
    const { pool, settle, server } = opened;
    await settle(pool.load('small'));
    server.plan('small', { tokens: 50 });
    const order: string[] = [];
    const call = (name: string, request: Parameters<typeof pool.generate>[0]) =>
      pool.generate(request).then(() => order.push(name));
    await settle(
      Promise.all([
        call('running', { role: 'ux', prompt: 'x' }),
        call('covered', covered),
        call('talk', { role: 'ux', prompt: 'x' }),
      ]),
    );
    expect(order).toEqual(['running', 'talk', 'covered']);
  });

  it('a queue that is longer than the load is not waited for', async () => {
    await using opened = await openScripted({ ...models, large: { loadMs: 100 } });
    const { pool, settle, server, events } = opened;
    await settle(pool.load('large'));
    await settle(pool.unload('large'));
    await settle(pool.load('small'));
    server.plan('small', { tokens: 20, pieceMs: 100 }, { tokens: 20, pieceMs: 100 });
    await settle(pool.generate({ role: 'ux', prompt: 'x' }));
    const talk = pool.generate({ role: 'ux', prompt: 'x' });
    const { end } = await settle(pool.generate(covered));
    await settle(talk);
    expect(end).toMatchObject({ model: 'large', coveredBy: null });
    expect(kinds(events, 'cover').at(-1)).toMatchObject({ chosen: null, rejected: [{ option: 'small' }] });
  });

  it('a load that fails behind the cover is told at its end, and nothing is lost', async () => {
    await using opened = await openScripted({ ...models, large: { loadMs: 20 } });
    const { pool, settle, server } = opened;
    await settle(pool.load('small'));
    server.failLoads('large', 1);
    const { end, text } = await settle(pool.generate(covered));
    expect(text).toBe('word word word ');
    expect(end).toMatchObject({ model: 'small', coveredBy: 'small', fallbackFrom: 'large', status: 'ok' });
  });

  it('where the load fails before anybody answered, the small model answers instead', async () => {
    await using opened = await openScripted(models);
    const { pool, settle, server, events } = opened;
    server.failLoads('large', 2);
    const { end } = await settle(pool.generate(covered));
    expect(end).toMatchObject({ model: 'small', coveredBy: null, fallbackFrom: 'large', attempt: 3, status: 'ok' });
    expect(events.find(({ type }) => type === 'call-fallback')).toMatchObject({
      ...{ from: 'large', to: 'small', reason: 'load-failed' },
    });
  });

  it('a cover that fails is left for the model that was chosen', async () => {
    await using opened = await openScripted(models);
    const { pool, settle, server } = opened;
    await settle(pool.load('small'));
    server.plan('small', { tokens: 0, code: 'stream-broken' });
    const { end } = await settle(pool.generate(covered));
    expect(end).toMatchObject({ model: 'large', coveredBy: null, fallbackFrom: 'small', attempt: 2 });
    expect(server.loads).toEqual(['small', 'large']);
  });

  it('a call that is ended lets go of the load that only it asked for', async () => {
    await using opened = await openScripted(models);
    const { pool, settle, server, until } = opened;
    await settle(pool.load('small'));
    server.plan('small', { tokens: 50 });
    const controller = new AbortController();
    const call = pool.generate({ ...covered, signal: controller.signal });
    const failed = call.catch((error: ModelPoolError) => error.code);
    await until(() => server.loads.includes('large') && server.asked.length > 0);
    controller.abort();
    expect(await settle(failed)).toBe('aborted');
    expect(pool.status().models.find(({ name }) => name === 'large')?.state).toBe('absent');
  });

  it('a pool that closes ends the load', async () => {
    const opened = await openScripted(models);
    const { pool, settle } = opened;
    await settle(pool.load('small'));
    await settle(pool.generate(covered));
    expect(pool.status().models.find(({ name }) => name === 'large')?.state).toBe('loading');
    await settle(pool.close());
    expect(pool.status().models.find(({ name }) => name === 'large')?.state).toBe('absent');
  });
});
