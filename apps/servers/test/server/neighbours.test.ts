import { EventEmitter } from 'node:events';
import type { RuntimeServer, SupervisorConnection } from '@tale/supervisor/child';
import { expect, it } from 'vitest';
import { neighboursOf } from '../../src/server/neighbours.js';

function connection() {
  const events = new EventEmitter();
  const state = { runtime: [] as RuntimeServer[] };
  const supervisor = Object.assign(state, { events }) as unknown as SupervisorConnection;
  const come = (name: string, url: string) => {
    state.runtime = [...state.runtime, { name, instance: 1, url, pid: 1, nonce: 'n' }];
    events.emit('runtime', state.runtime);
  };
  return { neighbours: neighboursOf(supervisor), events, come };
}

it('waits for a server that is not ready yet', async () => {
  const { neighbours, events, come } = connection();
  expect(() => neighbours.one('models')).toThrow(expect.objectContaining({ code: 'servers-down', retryable: true }));
  const waiting = neighbours.whenReady('models', new AbortController().signal);
  come('gateway', 'http://127.0.0.1:1');
  come('models', 'http://127.0.0.1:2');
  expect(await waiting).toBe('http://127.0.0.1:2');
  expect(neighbours.one('models')).toBe('http://127.0.0.1:2');
  expect(await neighbours.whenReady('gateway', new AbortController().signal)).toBe('http://127.0.0.1:1');
  expect(events.listenerCount('runtime')).toBe(0);
});

it('stops waiting with the reason of its signal', async () => {
  const { neighbours, events } = connection();
  const controller = new AbortController();
  const waiting = neighbours.whenReady('models', controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(neighbours.whenReady('models', controller.signal)).rejects.toThrow('enough');
  expect(events.listenerCount('runtime')).toBe(0);
});
