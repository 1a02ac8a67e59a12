import assert from 'node:assert/strict';
import { type BackendCase, backendCase } from '../backend-under-test.js';
import { add, events, failure, leaseMs, start, take, takeNothing } from '../steps.js';

export const claimCases: readonly BackendCase[] = [
  backendCase('tasks are claimed by priority, and by age within one', async ({ backend, advance }) => {
    const low = await add(backend, { priority: 1 });
    const first = await add(backend);
    advance(1);
    const second = await add(backend);
    const high = await add(backend, { priority: 9 });
    const claimed = await take(backend, 4);
    assert.deepEqual(
      claimed.map(({ task }) => task.id),
      [high.id, first.id, second.id, low.id],
    );
  }),
  backendCase('a level of priority is worth a minute of waiting', async ({ backend, advance }) => {
    const old = await add(backend, { priority: 0 });
    advance(9 * 60_000 + 1);
    await add(backend, { priority: 9 });
    assert.equal((await take(backend))[0]!.task.id, old.id);
  }),
  backendCase('a claim starts a run with a new epoch', async ({ backend, now }) => {
    const task = await add(backend);
    const [claimed] = await take(backend);
    const { lease } = claimed!;
    assert.deepEqual(lease, { taskId: task.id, run: 1, epoch: claimed!.task.epoch });
    assert.deepEqual([claimed!.task.state, claimed!.task.runs, claimed!.task.startedAtMs], ['running', 1, now()]);
    const started = (await events(backend, 2))[1]!;
    assert.deepEqual([started.type, started.taskId, started.stepId, started.run], ['task-start', task.id, task.id, 1]);
    await backend.release(lease);
    const [again] = await take(backend);
    assert.equal(again!.lease.run, 2);
    assert.ok(again!.lease.epoch > lease.epoch);
  }),
  backendCase('a claim waits for a task, also for one of another process', async ({ backend, second }) => {
    for (const submitter of [second, backend]) {
      const [claimed, task] = await Promise.all([take(backend), add(submitter)]);
      assert.equal(claimed[0]!.task.id, task.id);
    }
  }),
  backendCase('an aborted claim answers with no task', async ({ backend }) => {
    const request = { server: 'worker-1', slots: 1, kinds: null, leaseMs };
    const controller = new AbortController();
    const waiting = backend.claim({ ...request, signal: controller.signal });
    controller.abort();
    assert.deepEqual(await waiting, []);
    await add(backend);
    assert.deepEqual(await backend.claim({ ...request, signal: controller.signal }), []);
  }),
  backendCase('a claim of some kinds leaves the others', async ({ backend }) => {
    await add(backend, { kind: 'a', priority: 9 });
    const wanted = await add(backend, { kind: 'b' });
    assert.deepEqual(
      (await take(backend, 5, ['b', 'c'])).map(({ task }) => task.id),
      [wanted.id],
    );
  }),
  backendCase('a task in back-off is claimed when its instant has come', async ({ backend, advance, now }) => {
    const lease = await start(backend);
    await backend.fail(lease, failure, { state: 'queued', notBeforeMs: now() + 5_000 });
    await takeNothing(backend);
    advance(5_000);
    const [claimed] = await take(backend);
    assert.deepEqual([claimed!.task.id, claimed!.task.attempt, claimed!.lease.run], [lease.taskId, 2, 2]);
  }),
  backendCase('a task past its deadline is not claimed', async ({ backend, advance, now }) => {
    await add(backend, { deadlineAtMs: now() + 1_000 });
    advance(1_000);
    await takeNothing(backend);
  }),
  backendCase('TASKS-2: no task is given to two holders', async ({ backend, second }) => {
    const ids = new Set<string>();
    for (let index = 0; index < 40; index++) ids.add((await add(backend)).id);
    const claimed: string[] = [];
    const drain = async (of: typeof backend) => {
      while (claimed.length < ids.size) {
        for (const { task } of await of.claim({
          ...{ server: 'worker', slots: 3, kinds: null, leaseMs },
          signal: AbortSignal.timeout(500),
        })) {
          claimed.push(task.id);
        }
      }
    };
    await Promise.all([drain(backend), drain(second), drain(backend), drain(second)]);
    assert.equal(claimed.length, ids.size);
    assert.deepEqual(new Set(claimed), ids);
  }),
];
