import assert from 'node:assert/strict';
import { type BackendCase, backendCase } from '../backend-under-test.js';
import { add, coded, events, input, start } from '../steps.js';

export const enqueueCases: readonly BackendCase[] = [
  backendCase(
    'a stored task is ready, complete, and seen by another process at once',
    async ({ backend, second, now }) => {
      const [submitted] = await backend.enqueue([
        input({ title: 'Hello', priority: 7, payload: '{"prompt":"é\\u0000"}' }),
      ]);
      const { task, created } = submitted!;
      assert.equal(created, true);
      assert.equal((await second.stats()).ready, 1);
      assert.deepEqual(
        [task.state, task.title, task.priority, task.payload, task.attempt, task.runs, task.createdAtMs, task.result],
        ['ready', 'Hello', 7, { prompt: 'é\u0000' }, 1, 0, now(), null],
      );
    },
  ),
  backendCase('the same key of the same owner gives the same task', async ({ backend, second }) => {
    const first = await add(backend, { key: 'k', payload: '{"a":1,"b":2}' });
    const [again] = await second.enqueue([input({ key: 'k', payload: '{"b":2,"a":1}' })]);
    assert.equal(again!.created, false);
    assert.equal(again!.task.id, first.id);
    assert.equal((await backend.stats()).ready, 1);
    const [other] = await second.enqueue([input({ key: 'k', owner: 'somebody', payload: '{"a":1,"b":2}' })]);
    assert.equal(other!.created, true);
  }),
  backendCase('the same key with another payload or kind is refused, and nothing is stored', async ({ backend }) => {
    await add(backend, { key: 'k' });
    await assert.rejects(backend.enqueue([input(), input({ key: 'k', payload: '2' })]), coded('key-conflict'));
    await assert.rejects(backend.enqueue([input({ key: 'k', kind: 'other' })]), coded('key-conflict'));
    assert.equal((await backend.stats()).ready, 1);
  }),
  backendCase('a task is announced by an event', async ({ backend, now }) => {
    const task = await add(backend, { kind: 'prompt', priority: 9 });
    const [event] = await events(backend, 1);
    assert.deepEqual(event, {
      ...{ seq: event!.seq, atMs: now(), taskId: task.id, stepId: null, run: null },
      ...{ type: 'task-queued', kind: 'prompt', priority: 9, reason: 'new' },
    });
  }),
  backendCase('tasks are counted per state', async ({ backend }) => {
    await start(backend);
    await add(backend);
    const { cancelled, ...counts } = await backend.stats();
    assert.deepEqual(counts, { queued: 0, ready: 1, running: 1, waiting: 0, done: 0, failed: 0, dead: 0 });
    assert.equal(cancelled, 0);
  }),
  backendCase('closing twice is closing once; a closed backend refuses', async ({ backend }) => {
    await backend.close();
    await backend.close();
    await assert.rejects(add(backend), coded('closed'));
  }),
];
