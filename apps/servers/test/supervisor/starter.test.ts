import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { createStarter } from '../../src/supervisor/starter.js';

function host(connected: boolean) {
  const sent: object[] = [];
  const emitter = Object.assign(new EventEmitter(), {
    connected,
    send(message: object, done: () => void) {
      sent.push(message);
      done();
    },
  });
  return { host: emitter as unknown as NodeJS.Process, sent };
}

it('tells whoever started it what becomes ready, and why it failed', async () => {
  const { host: process, sent } = host(true);
  const starter = createStarter(process);
  starter.state({ name: 'gateway', instance: 1, state: 'ready', reason: null });
  starter.ready();
  const error = {
    code: 'locked',
    message: 'm',
    hint: null,
    source: 'supervisor',
    retryable: true,
    retryAfterMs: null,
    details: {},
  };
  await starter.failed(error, 3);
  expect(sent).toEqual([
    { type: 'server-state', name: 'gateway', instance: 1, state: 'ready', reason: null },
    { type: 'ready' },
    { type: 'failed', error, exitCode: 3 },
  ]);
});

it('goes on when nobody listens any more', async () => {
  const { host: process, sent } = host(false);
  const starter = createStarter(process);
  process.emit('disconnect');
  await starter.failed({} as never, 1);
  expect(sent).toEqual([]);
});
