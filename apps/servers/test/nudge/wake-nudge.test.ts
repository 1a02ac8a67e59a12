import type { Nudge } from '@tale/tasks';
import { expect, it, vi } from 'vitest';
import { wakeNudge } from '../../src/nudge/wake-nudge.js';
import { serveHttp } from '../../src/server/serve-http.js';

const token = 'secret';

it('wakes another server through its tool, and merges what waits', async () => {
  const received: Nudge[] = [];
  const there = wakeNudge({ targets: () => [], token, onFailure: () => undefined });
  there.on((nudge) => received.push(nudge));
  const server = await serveHttp({
    name: 'execution',
    instance: 1,
    nonce: 'n',
    token,
    port: 0,
    tools: [there.tool],
    routes: [],
  });
  const here = wakeNudge({
    targets: () => [server.url],
    token,
    onFailure: (error) => expect.unreachable(String(error)),
  });
  for (let count = 0; count < 50; count++) void here.send({ reason: 'ready', taskId: `T${count}` });
  void here.send({ reason: 'cancel', taskId: 'A' });
  void here.send({ reason: 'cancel', taskId: 'B' });
  await vi.waitFor(() => expect(received.filter(({ reason }) => reason === 'cancel')).toHaveLength(2));
  expect(received.filter(({ reason }) => reason === 'ready').length).toBeLessThanOrEqual(3);
  await server.close({ drainMs: 0 });
});

it('reports a server that is gone and goes on', async () => {
  const failures: unknown[] = [];
  const nudge = wakeNudge({ targets: () => ['http://127.0.0.1:9'], token, onFailure: (error) => failures.push(error) });
  void nudge.send({ reason: 'event', taskId: 'T' });
  await vi.waitFor(() => expect(failures).toHaveLength(1), { timeout: 5_000 });
});
