import assert from 'node:assert/strict';
import { type BackendCase, backendCase } from '../backend-under-test.js';
import { add, coded, events, failure, start, takeNothing } from '../steps.js';

export const cancelCases: readonly BackendCase[] = [
  backendCase('a task that does not run is cancelled at once, from any process', async ({ backend, second, now }) => {
    const ready = await add(backend);
    const cancelled = await second.cancel(ready.id, 'enough');
    assert.deepEqual(
      [cancelled.state, cancelled.reason, cancelled.endedAtMs, cancelled.error],
      ['cancelled', 'enough', now(), null],
    );
    const [, asked, end] = await events(backend, 3);
    assert.deepEqual([asked!.type, end!.type], ['task-cancel', 'task-end']);
    assert.deepEqual(end!.type === 'task-end' && [end!.state, end!.runs, end!.durationMs], ['cancelled', 0, 0]);
    await takeNothing(backend);
    const lease = await start(backend);
    await backend.fail(lease, failure, { state: 'queued', notBeforeMs: now() + 1_000 });
    assert.equal((await second.cancel(lease.taskId, 'enough')).state, 'cancelled');
  }),
  backendCase('the holder of a running task is asked, once', async ({ backend, second }) => {
    const lease = await start(backend);
    const task = await second.cancel(lease.taskId, 'enough');
    assert.deepEqual([task.state, task.cancelReason], ['running', 'enough']);
    assert.equal((await second.cancel(lease.taskId, 'again')).cancelReason, 'enough');
    const asked = (await events(backend, 3))[2]!;
    assert.deepEqual([asked.type, asked.type === 'task-cancel' && asked.reason], ['task-cancel', 'enough']);
    assert.deepEqual(await backend.complete(lease, 'the first half'), { accepted: true, state: 'cancelled' });
    const ended = await backend.cancel(lease.taskId, 'again');
    assert.deepEqual([ended.state, ended.reason, ended.result], ['cancelled', 'enough', 'the first half']);
    assert.equal((await backend.complete(lease, 'the first half')).accepted, true);
    const end = (await events(backend, 4))[3]!;
    assert.equal(end.type === 'task-end' && end.state, 'cancelled');
  }),
  backendCase('a cancel that was asked for wins over an error and over a release', async ({ backend, now }) => {
    const failing = await start(backend);
    await backend.cancel(failing.taskId, 'enough');
    const sequel = { state: 'queued', notBeforeMs: now() } as const;
    assert.deepEqual(await backend.fail(failing, failure, sequel), { accepted: true, state: 'cancelled' });
    assert.equal((await backend.fail(failing, failure, sequel)).accepted, true);
    const released = await start(backend);
    await backend.cancel(released.taskId, 'enough');
    assert.deepEqual(await backend.release(released), { accepted: true, state: 'cancelled' });
  }),
  backendCase('an ended task stays as it is; an unknown one is an error', async ({ backend }) => {
    const lease = await start(backend);
    await backend.complete(lease, 'x');
    const before = await backend.cancel(lease.taskId, 'a');
    assert.deepEqual(await backend.cancel(lease.taskId, 'b'), before);
    assert.equal((await events(backend, 3)).length, 3);
    await assert.rejects(backend.cancel('unknown', ''), coded('task-not-found'));
  }),
  backendCase('watchers hear of a cancel of another process', async ({ backend, second }) => {
    const lease = await start(backend);
    let unwatch = () => {};
    const heard = new Promise<void>((resolve) => {
      unwatch = backend.watch(async () => {
        if ((await backend.cancelRequests([lease])).length > 0) resolve();
      });
    });
    await second.cancel(lease.taskId, 'enough');
    await heard;
    unwatch();
  }),
];
