import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createRemotePool } from '../../src/remote/index.js';
import { openServed } from '../server/open-served.js';
import { beginEvents, eventOf, rawServer } from './raw-server.js';

const questions = { isTask: { type: 'noul', instructions: 'Is it a task?' } } as const;

describe('vectors and answers by a remote', () => {
  it('are those of the pool, with the events of the call', async () => {
    await using opened = await openServed();
    await using pool = createRemotePool({ url: opened.served.url });
    const types: string[] = [];
    const onEvent = ({ type }: { type: string }) => types.push(type);
    const labels = { project: 'p' };
    const embedded = await pool.embed({ input: ['one', 'two'], requestId: 'VECTORS1', labels, onEvent });
    expect(embedded).toEqual({
      requestId: 'VECTORS1',
      embeddings: (await opened.pool.embed({ input: ['one', 'two'] })).embeddings,
      end: expect.objectContaining({ type: 'call-end', operation: 'embed', labels: expect.objectContaining(labels) }),
    });
    expect(types).toEqual(['call-start', 'model-load', 'call-end']);
    const decided = await pool.decide({ state: 'Sort my files.', questions });
    const { answers, method } = await opened.pool.decide({ state: 'Sort my files.', questions });
    expect(decided).toMatchObject({ answers, method, end: { operation: 'decide', status: 'ok' } });
  });

  it('fail with the error of the pool', async () => {
    await using opened = await openServed({}, { models: [{ model: 'small:1b' }] });
    await using pool = createRemotePool({ url: opened.served.url });
    await expect(pool.embed({ input: [] })).rejects.toMatchObject({ code: 'rejected' });
    await expect(pool.embed({ input: ['x'] })).rejects.toMatchObject({ code: 'model-missing', model: 'vectors:1b' });
    await expect(pool.decide({ state: 'x', questions: {} })).rejects.toMatchObject({ code: 'rejected' });
  });

  it('end with their caller, here and over there', async () => {
    await using opened = await openServed();
    await opened.fake.set({ kind: 'silent', path: '/api/embed' }, { kind: 'silent' });
    await using pool = createRemotePool({ url: opened.served.url });
    for (const ask of [
      (signal: AbortSignal) => pool.embed({ input: ['x'], signal }),
      (signal: AbortSignal) => pool.decide({ state: 'x', questions, signal }),
    ]) {
      const before = opened.events.length;
      const since = (type: string) => opened.events.slice(before).some((event) => event.type === type);
      const controller = new AbortController();
      const result = ask(controller.signal);
      result.catch(() => {});
      await until('the call', () => since('call-start'));
      controller.abort();
      await expect(result).rejects.toMatchObject({ code: 'aborted', retryable: false });
      await until('the end over there', () => since('call-end'));
      await expect(ask(AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    }
  });

  it('without a last event are a broken stream', async () => {
    const ends = ['', eventOf('request-end', { requestId: 'R', embeddings: [] })];
    for (const end of ends) {
      await using server = await rawServer((response) => {
        beginEvents(response);
        response.end(`: hello\n\n${end}`);
      });
      await using pool = createRemotePool({ url: server.url });
      await expect(pool.embed({ input: ['x'] })).rejects.toMatchObject({ code: 'stream-broken', retryable: true });
    }
  });

  it('cannot be had of a remote that is closed', async () => {
    const pool = createRemotePool({ url: 'http://127.0.0.1:9' });
    await pool.close();
    await expect(pool.embed({ input: ['x'] })).rejects.toMatchObject({ code: 'backend-down' });
    await expect(pool.decide({ state: 'x', questions })).rejects.toMatchObject({ code: 'backend-down' });
  });
});
