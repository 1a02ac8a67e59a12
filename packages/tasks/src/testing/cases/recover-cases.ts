import assert from 'node:assert/strict';
import type { RecoverReport } from '../../backend.js';
import { type BackendCase, backendCase } from '../backend-under-test.js';
import { add, events, failure, leaseMs, start, take } from '../steps.js';

const nothing: RecoverReport = { recovered: 0, dead: 0, failed: 0, cancelled: 0 };

export const recoverCases: readonly BackendCase[] = [
  backendCase('a task whose lease expired is ready again, once', async ({ backend, second, advance }) => {
    const lease = await start(backend);
    assert.deepEqual(await second.recover(), nothing);
    advance(leaseMs + 1);
    assert.deepEqual(await second.recover(), { ...nothing, recovered: 1 });
    assert.deepEqual(await second.recover(), nothing);
    const queued = (await events(backend, 3))[2]!;
    assert.deepEqual(
      [queued.type === 'task-queued' && queued.reason, queued.stepId, queued.run],
      ['lease-lost', lease.taskId, 1],
    );
    const [again] = await take(second);
    const { task } = again!;
    assert.deepEqual([task.id, task.attempt, task.recoveries, task.runs], [lease.taskId, 1, 1, 2]);
  }),
  backendCase('after three recoveries a task is dead', async ({ backend, advance }) => {
    const { taskId } = await start(backend);
    for (let recovery = 1; recovery <= 3; recovery++) {
      advance(leaseMs + 1);
      assert.deepEqual(await backend.recover(), { ...nothing, recovered: 1 });
      await take(backend);
    }
    advance(leaseMs + 1);
    assert.deepEqual(await backend.recover(), { ...nothing, dead: 1 });
    const task = await backend.cancel(taskId, '');
    assert.deepEqual([task.state, task.reason, task.error?.code, task.runs], ['dead', 'poison', 'poison', 4]);
    const end = (await events(backend, 9))[8]!;
    assert.deepEqual(end.type === 'task-end' && [end.state, end.error?.code], ['dead', 'poison']);
    const retried = await backend.retry(taskId);
    assert.equal(retried.recoveries, 0);
  }),
  backendCase('leases of another daemon are void at once, those of this one hold', async ({ backend, second }) => {
    await start(backend);
    assert.deepEqual(await second.recover({ daemonId: 'daemon-1' }), nothing);
    assert.deepEqual(await second.recover({ daemonId: 'daemon-2' }), { ...nothing, recovered: 1 });
    assert.deepEqual(await second.recover({ daemonId: 'daemon-2' }), nothing);
  }),
  backendCase('leases of one server are void on demand', async ({ backend, second }) => {
    await start(backend);
    assert.deepEqual(await second.recover({ server: 'worker-2' }), nothing);
    assert.deepEqual(await second.recover({ server: 'worker-1' }), { ...nothing, recovered: 1 });
  }),
  backendCase('a task whose holder vanished after a cancel is cancelled', async ({ backend, advance }) => {
    const { taskId } = await start(backend);
    await backend.cancel(taskId, 'enough');
    advance(leaseMs + 1);
    assert.deepEqual(await backend.recover(), { ...nothing, cancelled: 1 });
  }),
  backendCase('tasks that wait past their deadline fail', async ({ backend, advance, now }) => {
    const deadlineAtMs = now() + 1_000;
    const lease = await start(backend, { deadlineAtMs });
    await backend.fail(lease, failure, { state: 'queued', notBeforeMs: now() + 60_000 });
    const ready = await add(backend, { deadlineAtMs });
    assert.deepEqual(await backend.recover(), nothing);
    advance(1_000);
    assert.deepEqual(await backend.recover(), { ...nothing, failed: 2 });
    assert.deepEqual(await backend.recover(), nothing);
    for (const id of [lease.taskId, ready.id]) {
      const task = await backend.cancel(id, '');
      assert.deepEqual([task.state, task.reason, task.error?.code], ['failed', 'deadline', 'deadline']);
    }
    const end = (await events(backend, 2, { taskId: ready.id }))[1]!;
    assert.deepEqual(end.type === 'task-end' && [end.state, end.error?.code], ['failed', 'deadline']);
    assert.equal((await backend.retry(ready.id)).deadlineAtMs, null);
  }),
  backendCase(
    'a running task past its deadline fails after a time for its holder',
    async ({ backend, advance, now }) => {
      const lease = await start(backend, { deadlineAtMs: now() + 1_000 });
      advance(1_000);
      assert.deepEqual(await backend.recover(), nothing);
      advance(5_000);
      assert.deepEqual(await backend.recover(), { ...nothing, failed: 1 });
      assert.equal((await backend.complete(lease, 'late')).accepted, false);
    },
  ),
  backendCase('a lost lease past the deadline fails the task', async ({ backend, advance, now }) => {
    await start(backend, { deadlineAtMs: now() + 1_000 });
    advance(leaseMs + 1);
    assert.deepEqual(await backend.recover(), { ...nothing, failed: 1 });
  }),
  backendCase('more lost leases than one write takes are all recovered', async ({ backend, advance }) => {
    for (let index = 0; index < 250; index++) await add(backend);
    assert.equal((await take(backend, 250)).length, 250);
    advance(leaseMs + 1);
    assert.deepEqual(await backend.recover(), { ...nothing, recovered: 250 });
  }),
];
