import assert from 'node:assert/strict';
import { type BackendCase, backendCase } from '../backend-under-test.js';
import { add, events, start } from '../steps.js';

export const eventCases: readonly BackendCase[] = [
  backendCase('TASKS-5: events resume after any of them without gap or double', async ({ backend, second }) => {
    for (let index = 0; index < 10; index++) await backend.complete(await start(second), '');
    const all = await events(backend, 30);
    const numbers = all.map((event) => event.seq);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
    for (const cut of [0, 7, 28]) {
      assert.deepEqual(await events(second, 30 - cut - 1, { after: numbers[cut]! }), all.slice(cut + 1));
    }
  }),
  backendCase('a subscription follows the writes of this and of other processes', async ({ backend, second }) => {
    const write = async () => [(await add(backend)).id, (await add(second)).id, (await add(backend)).id];
    const [read, ids] = await Promise.all([events(backend, 3), write()]);
    assert.deepEqual(
      read.map((event) => event.taskId),
      ids,
    );
  }),
  backendCase('pages are as small as asked for', async ({ backend }) => {
    for (let index = 0; index < 5; index++) await add(backend);
    const signal = AbortSignal.timeout(10_000);
    let count = 0;
    for await (const _ of backend.subscribe({ after: 0, signal, limit: 2 })) if (++count === 5) break;
    assert.equal(count, 5);
  }),
  backendCase('a subscription of one task holds only its events', async ({ backend }) => {
    const first = await add(backend);
    const second = await add(backend);
    await backend.cancel(first.id, '');
    await backend.cancel(second.id, '');
    const types = (await events(backend, 3, { taskId: second.id })).map((event) => event.type);
    assert.deepEqual(types, ['task-queued', 'task-cancel', 'task-end']);
  }),
  backendCase('a subscription ends when it is aborted and when the backend closes', async ({ backend }) => {
    await add(backend);
    const controller = new AbortController();
    const drain = async (signal: AbortSignal) => {
      let count = 0;
      for await (const _ of backend.subscribe({ after: 0, signal })) count += 1;
      return count;
    };
    setTimeout(() => controller.abort(), 50);
    setTimeout(() => void backend.close(), 100);
    const open = new AbortController().signal;
    assert.deepEqual(await Promise.all([drain(controller.signal), drain(open)]), [1, 1]);
    assert.equal(await drain(controller.signal), 0);
    assert.equal(await drain(open), 0);
  }),
];
