import assert from 'node:assert/strict';
import { type BackendCase, backendCase } from '../backend-under-test.js';
import { events, failure, leaseMs, start, take } from '../steps.js';

export const leaseCases: readonly BackendCase[] = [
  backendCase('a heartbeat keeps a lease beyond its end', async ({ backend, second, advance }) => {
    const lease = await start(backend);
    for (let beat = 0; beat < 4; beat++) {
      advance(leaseMs - 1);
      assert.deepEqual(await backend.heartbeat([lease], leaseMs), { kept: [lease], lost: [], cancel: [] });
      await second.recover();
    }
    assert.equal((await second.stats()).running, 1);
  }),
  backendCase('a heartbeat reports a lost lease and does not renew it', async ({ backend, second, advance }) => {
    const [lost, kept] = [await start(backend), await start(backend)];
    advance(leaseMs / 2);
    await backend.heartbeat([kept], leaseMs);
    advance(leaseMs / 2 + 1);
    await second.recover();
    assert.deepEqual(await backend.heartbeat([lost, kept], leaseMs), { kept: [kept], lost: [lost], cancel: [] });
    const [taken] = await take(second);
    assert.equal(taken!.lease.taskId, lost.taskId);
    assert.deepEqual((await backend.heartbeat([lost], leaseMs)).lost, [lost]);
    assert.deepEqual((await second.heartbeat([taken!.lease], leaseMs)).kept, [taken!.lease]);
  }),
  backendCase('a heartbeat reports who is to stop, and keeps the lease', async ({ backend, second }) => {
    const lease = await start(backend);
    await second.cancel(lease.taskId, 'enough');
    const cancel = [{ lease, reason: 'enough' }];
    assert.deepEqual(await backend.cancelRequests([lease]), cancel);
    assert.deepEqual(await backend.heartbeat([lease], leaseMs), { kept: [lease], lost: [], cancel });
    assert.deepEqual(await backend.cancelRequests([]), []);
    assert.deepEqual(await backend.heartbeat([], leaseMs), { kept: [], lost: [], cancel: [] });
  }),
  backendCase('what a run reports is an event in its order', async ({ backend, now }) => {
    const lease = await start(backend);
    const { taskId } = lease;
    const started = { type: 'step-start', server: 'worker-1', step: 1, steps: 2, title: 'Read' } as const;
    const half = { type: 'task-progress', step: 1, steps: 2, percent: 50, etaMs: 900, message: 'half' } as const;
    const ended = { type: 'step-end', state: 'done', checkpoint: 3, error: null } as const;
    for (const event of [started, half, ended]) assert.equal(await backend.progress(lease, event), true);
    const reported = (await events(backend, 5)).slice(2);
    const base = { atMs: now(), taskId, stepId: taskId, run: 1 };
    assert.deepEqual(
      reported,
      [started, half, ended].map((event, index) => ({ seq: reported[index]!.seq, ...base, ...event })),
    );
  }),
  backendCase('a task carries the progress of its run', async ({ backend }) => {
    const lease = await start(backend);
    const report = { step: 2, steps: 4, percent: 25.5, etaMs: null, message: null };
    await backend.progress(lease, { type: 'task-progress', ...report });
    const task = await backend.cancel(lease.taskId, 'enough');
    assert.deepEqual([task.step, task.steps, task.percent, task.etaMs, task.message], [2, 4, 25.5, null, null]);
  }),
  backendCase('TASKS-3: nothing is written under a lost lease', async ({ backend, second, advance }) => {
    const stale = await start(backend);
    advance(leaseMs + 1);
    await second.recover();
    const [taken] = await take(second);
    const [before] = (await events(backend, 4)).slice(-1);
    assert.equal((await backend.complete(stale, 'late')).accepted, false);
    assert.equal((await backend.fail(stale, failure, { state: 'failed' })).accepted, false);
    assert.equal((await backend.release(stale)).accepted, false);
    assert.equal(await backend.progress(stale, { type: 'step-end', state: 'done', checkpoint: 1, error: null }), false);
    assert.equal((await second.complete(taken!.lease, 'good')).accepted, true);
    const [end] = await events(backend, 1, { after: before!.seq });
    assert.deepEqual([end!.type, end!.type === 'task-end' && end.state], ['task-end', 'done']);
    assert.deepEqual(await backend.complete(stale, 'late'), { accepted: false, state: 'done' });
  }),
];
