import assert from 'node:assert/strict';
import { type BackendCase, backendCase } from '../backend-under-test.js';
import { add, coded, events, failure, start, take } from '../steps.js';

export const endCases: readonly BackendCase[] = [
  backendCase('a completed task is done, with its result and an event', async ({ backend, advance }) => {
    const lease = await start(backend, { kind: 'prompt' });
    advance(1_500);
    assert.deepEqual(await backend.complete(lease, 'the answer'), { accepted: true, state: 'done' });
    const task = await backend.cancel(lease.taskId, 'too late');
    assert.deepEqual([task.state, task.result, task.error, task.cancelReason], ['done', 'the answer', null, null]);
    const end = (await events(backend, 3))[2]!;
    assert.deepEqual(
      { ...end, seq: 0, atMs: 0 },
      {
        ...{ seq: 0, atMs: 0, taskId: lease.taskId, stepId: null, run: null, type: 'task-end' },
        ...{ kind: 'prompt', state: 'done', runs: 1, durationMs: 1_500, error: null },
      },
    );
  }),
  backendCase('a result of several MB is kept whole', async ({ backend }) => {
    const lease = await start(backend);
    const result = 'täle '.repeat(800_000);
    await backend.complete(lease, result);
    assert.equal((await backend.cancel(lease.taskId, '')).result, result);
  }),
  backendCase('completing or failing twice gets the same answer', async ({ backend, now }) => {
    const done = await start(backend);
    await backend.complete(done, 'a');
    assert.deepEqual(await backend.complete(done, 'b'), { accepted: true, state: 'done' });
    assert.equal((await backend.cancel(done.taskId, '')).result, 'a');
    assert.equal((await backend.fail(done, failure, { state: 'failed' })).accepted, false);
    const failed = await start(backend);
    await backend.fail(failed, failure, { state: 'queued', notBeforeMs: now() + 1 });
    assert.deepEqual(await backend.fail(failed, failure, { state: 'failed' }), { accepted: true, state: 'queued' });
    assert.equal((await backend.complete(failed, 'c')).accepted, false);
  }),
  backendCase('an error with another attempt queues the task', async ({ backend, now }) => {
    const lease = await start(backend);
    const sequel = { state: 'queued', notBeforeMs: now() + 700 } as const;
    assert.deepEqual(await backend.fail(lease, failure, sequel), { accepted: true, state: 'queued' });
    const queued = (await events(backend, 3))[2]!;
    assert.deepEqual(
      [queued.type, queued.stepId, queued.run, queued.type === 'task-queued' && queued.reason],
      ['task-queued', lease.taskId, 1, 'retry'],
    );
  }),
  backendCase('an error without another attempt ends the task', async ({ backend }) => {
    for (const state of ['failed', 'dead'] as const) {
      const lease = await start(backend);
      assert.deepEqual(await backend.fail(lease, failure, { state }), { accepted: true, state });
      const task = await backend.cancel(lease.taskId, '');
      assert.deepEqual([task.state, task.reason, task.error, task.result], [state, failure.code, failure, null]);
      const end = (await events(backend, 3, { taskId: lease.taskId }))[2]!;
      assert.deepEqual(end.type === 'task-end' && [end.state, end.error], [state, failure]);
    }
  }),
  backendCase(
    'the part that was ready is kept if the task ends by its error, and until it is retried',
    async (under) => {
      const { backend, now } = under;
      const ended = await start(backend);
      const deadline = { ...failure, code: 'deadline', retryable: false };
      assert.equal((await backend.fail(ended, deadline, { state: 'failed' }, 'the first half')).state, 'failed');
      const task = await backend.cancel(ended.taskId, '');
      assert.deepEqual([task.state, task.error?.code, task.result], ['failed', 'deadline', 'the first half']);
      assert.equal((await backend.retry(ended.taskId)).result, null);
      await backend.cancel(ended.taskId, '');
      const again = await start(backend);
      await backend.fail(again, failure, { state: 'queued', notBeforeMs: now() + 60_000 }, 'the first half');
      assert.equal((await backend.cancel(again.taskId, '')).result, null);
      const cancelled = await start(backend);
      await backend.cancel(cancelled.taskId, 'enough');
      await backend.fail(cancelled, deadline, { state: 'failed' }, 'the first half');
      assert.equal((await backend.cancel(cancelled.taskId, '')).result, 'the first half');
    },
  ),
  backendCase(
    'a released task is ready again, keeps its place and counts no recovery',
    async ({ backend, advance }) => {
      const lease = await start(backend);
      advance(10);
      await add(backend);
      assert.deepEqual(await backend.release(lease), { accepted: true, state: 'ready' });
      const queued = (await events(backend, 3, { taskId: lease.taskId }))[2]!;
      assert.equal(queued.type === 'task-queued' && queued.reason, 'resumed');
      const [again] = await take(backend);
      const { task } = again!;
      assert.deepEqual([task.id, task.attempt, task.recoveries], [lease.taskId, 1, 0]);
    },
  ),
  backendCase('a failed or dead task can be retried with a new series of attempts', async ({ backend }) => {
    const lease = await start(backend);
    await backend.fail(lease, failure, { state: 'dead' });
    const task = await backend.retry(lease.taskId);
    assert.deepEqual(
      [task.state, task.reason, task.attempt, task.recoveries, task.error, task.endedAtMs],
      ['queued', null, 1, 0, null, null],
    );
    const queued = (await events(backend, 4))[3]!;
    assert.deepEqual([queued.type === 'task-queued' && queued.reason, queued.run], ['retry', null]);
    const [again] = await take(backend);
    assert.equal(again!.lease.run, 2);
    await backend.complete(again!.lease, '');
    await assert.rejects(backend.retry(lease.taskId), coded('not-retryable'));
    await assert.rejects(backend.retry('unknown'), coded('task-not-found'));
  }),
  backendCase('the lease of an unknown task is refused', async ({ backend }) => {
    await assert.rejects(backend.complete({ taskId: 'unknown', run: 1, epoch: 1 }, ''), coded('task-not-found'));
  }),
];
