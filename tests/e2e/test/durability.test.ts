import { setTimeout as sleep } from 'node:timers/promises';
import { McpTransportError } from '@tale/mcp-transport/light';
import { expect, it } from 'vitest';
import { startTale, type Tale } from './harness/tale.js';

const submits = 1_000;
const clients = 50;

/** Hands a task over as `tale submit` does: under its key, until somebody answers. */
async function submitSurely(tale: Tale, key: string): Promise<string> {
  for (;;) {
    try {
      return (await tale.call<{ taskId: string }>('submit_task', { prompt: `[say ${key}]`, acknowledge: false }, key))
        .taskId;
    } catch (error) {
      const isPassing = !McpTransportError.isInstance(error) || error.retryable;
      if (!isPassing) throw error;
      await sleep(100);
    }
  }
}

it('E2E-DURABLE-1 loses and doubles no acknowledged task of 1,000 from 50 clients while the gateway is killed', async () => {
  await using tale = await startTale({ fake: { timing: { tokens: 1 } } });
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  const acknowledged = new Map<string, string>();
  let next = 0;
  let isKilled = false;
  const client = async () => {
    while (next < submits) {
      const key = `key-${next++}`;
      acknowledged.set(key, await submitSurely(tale, key));
      if (isKilled || acknowledged.size < submits / 2) continue;
      isKilled = true;
      process.kill(tale.server('gateway').pid, 'SIGKILL');
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  expect(isKilled).toBe(true);
  expect(new Set(acknowledged.values()).size).toBe(submits);

  const database = tale.database();
  const stored = database.prepare('select id from task_task').pluck().all() as string[];
  database.close();
  expect(stored).toHaveLength(submits);
  expect(new Set(stored)).toEqual(new Set(acknowledged.values()));
  // Once more under a key that was acknowledged before the kill, and under one after it.
  for (const key of ['key-0', `key-${submits - 1}`]) {
    expect(await submitSurely(tale, key)).toBe(acknowledged.get(key));
  }
});

it('E2E-DURABLE-2 has stored a task when its id is printed', async () => {
  await using tale = await startTale();
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  const submitted = tale.spawn(['submit', '--detach', '[say survived]']);
  await submitted.shows(/\n/, 'stdout');
  for (const { pid } of tale.runtime().servers) process.kill(pid, 'SIGKILL');
  const id = (await submitted.ended).stdout.trim();
  await expect.poll(() => tale.running()).toEqual([]);
  expect((await tale.run(['servers', 'start'])).code).toBe(0);
  await expect.poll(async () => (await tale.task(id)).result, { timeout: 15_000 }).toBe('survived');
});
