import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { TaskContext, TaskState, Tasks, TasksError } from '../../src/index.js';
import { openTasks, submission } from '../support/open-tasks.js';

function reached(tasks: Tasks, id: string, state: TaskState) {
  return until(`${id} is ${state}`, async () => {
    const task = await tasks.get(id);
    return task?.state === state && task;
  });
}

/** A handler that waits for its signal, and what it was given. */
function waitingHandler(answer: (context: TaskContext) => string = () => 'stopped') {
  const contexts: TaskContext[] = [];
  return {
    contexts,
    started: () => until('a start', () => contexts.at(-1)),
    handler: async (context: TaskContext) => {
      contexts.push(context);
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
      return { result: answer(context) };
    },
  };
}

describe('a worker', () => {
  it('runs tasks by rank, as many at a time as it has slots', async () => {
    await using open = await openTasks();
    const { tasks } = open;
    const ids: string[] = [];
    for (const priority of [1, 5, 9]) ids.push((await tasks.submit(submission({ priority }))).task.id);
    const order: string[] = [];
    let most = 0;
    const worker = tasks.work({ slots: 2, server: 'execution-1' }, async ({ task }) => {
      order.push(task.id);
      most = Math.max(most, worker.running().length);
      await sleep(20);
      return { result: `${task.title} done` };
    });
    for (const id of ids) expect(await reached(tasks, id, 'done')).toMatchObject({ result: 'a task done', runs: 1 });
    expect(order).toEqual([...ids].reverse());
    expect(most).toBeLessThanOrEqual(2);
    expect(await tasks.runs(ids[0]!)).toMatchObject([{ server: 'execution-1', run: 1, end: 'done', error: null }]);
    await until('an idle worker', () => worker.running().length === 0);
  });

  it('takes only the kinds that it is for', async () => {
    await using open = await openTasks();
    const other = (await open.tasks.submit(submission({ kind: 'other', priority: 9 }))).task;
    const mine = (await open.tasks.submit(submission({ kind: 'mine' }))).task;
    open.tasks.work({ slots: 5, kinds: ['mine'], server: 's' }, async () => ({ result: '' }));
    await reached(open.tasks, mine.id, 'done');
    expect((await open.tasks.get(other.id))?.state).toBe('ready');
  });

  it('hands out what a handler needs, and stores what it reports', async () => {
    await using open = await openTasks();
    const { tasks, database } = open;
    const { task } = await tasks.submit(submission());
    const seen: unknown[] = [];
    tasks.work({ slots: 1, server: 's' }, async (context) => {
      seen.push(context.run, context.epoch, context.task.payload, await context.guard(database.kysely));
      await context.stepStart({ step: 1, steps: 2, title: 'Read\u0000' });
      context.progress({ step: 1, steps: 2, percent: 40, etaMs: 100, message: 'reading' });
      await context.stepEnd({ state: 'done', checkpoint: 1, error: null });
      return { result: 'x' };
    });
    expect(await reached(tasks, task.id, 'done')).toMatchObject({ step: 1, percent: 40, message: 'reading' });
    expect(seen).toEqual([1, 1, { prompt: 'hello' }, true]);
    const events = await tasks.readEvents({ after: 0, limit: 10 });
    expect(events.map((event) => event.type)).toEqual([
      ...['task-queued', 'task-start', 'step-start', 'task-progress', 'step-end', 'task-end'],
    ]);
    expect(events[2]).toMatchObject({ title: 'Read\ufffd', server: 's', stepId: task.id, run: 1 });
  });

  it('stores at most four progress events a second, and the last one in any case', async () => {
    await using open = await openTasks();
    const { task } = await open.tasks.submit(submission());
    open.tasks.work({ slots: 1, server: 's' }, async ({ progress }) => {
      for (let percent = 0; percent <= 100; percent++) {
        progress({ step: 1, steps: null, percent, etaMs: null, message: null });
        await sleep(5);
      }
      return { result: '' };
    });
    expect((await reached(open.tasks, task.id, 'done')).percent).toBe(100);
    const ended = (await open.tasks.get(task.id))!;
    const reports = (await open.tasks.readEvents({ after: 0, limit: 500 })).filter(
      ({ type }) => type === 'task-progress',
    );
    expect(reports.length).toBeGreaterThan(1);
    expect(reports.length).toBeLessThanOrEqual(Math.ceil((ended.endedAtMs! - ended.startedAtMs!) / 250) + 2);
  });

  it('TASKS-6: stops a handler of which another process asked a cancel, and keeps its partial result', async () => {
    await using open = await openTasks({ leaseMs: 60_000 });
    const { task } = await open.tasks.submit(submission());
    const waiting = waitingHandler(() => 'half');
    open.tasks.work({ slots: 1, server: 's' }, waiting.handler);
    const { signal } = await waiting.started();
    await open.open().cancel(task.id, 'enough');
    expect(await reached(open.tasks, task.id, 'cancelled')).toMatchObject({
      result: 'half',
      reason: 'enough',
      error: null,
    });
    expect(signal.reason).toMatchObject({ code: 'cancelled', message: 'enough', taskId: task.id });
    expect(await open.tasks.runs(task.id)).toMatchObject([{ end: 'cancelled' }]);
  });

  it('writes a cancelled run off whose handler does not stop', async () => {
    await using open = await openTasks();
    const { task } = await open.tasks.submit(submission());
    let finish = () => {};
    const worker = open.tasks.work({ slots: 1, server: 's' }, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { result: 'late' };
    });
    await reached(open.tasks, task.id, 'running');
    await open.tasks.cancel(task.id, 'enough');
    expect(await reached(open.tasks, task.id, 'cancelled')).toMatchObject({ result: null });
    expect(worker.running()).toHaveLength(1);
    finish();
    await until('a free slot', () => worker.running().length === 0);
    expect((await open.tasks.get(task.id))?.result).toBeNull();
  });

  it('tries again after a retryable error, as often as the task allows', async () => {
    await using open = await openTasks({ random: () => 0.01 });
    const { task } = await open.tasks.submit(submission({ maxAttempts: 2 }));
    const attempts: number[] = [];
    open.tasks.work({ slots: 1, server: 's' }, async ({ task: { attempt } }) => {
      attempts.push(attempt);
      throw Object.assign(new Error('no answer'), { code: 'model-unreachable', retryable: true, retryAfterMs: 20 });
    });
    const dead = await reached(open.tasks, task.id, 'dead');
    expect(attempts).toEqual([1, 2]);
    expect(dead).toMatchObject({
      reason: 'model-unreachable',
      error: { source: 's', retryable: true, message: 'no answer' },
    });
    expect(await open.tasks.runs(task.id)).toMatchObject([
      { run: 1, end: 'failed', error: { code: 'model-unreachable' } },
      { run: 2, end: 'failed' },
    ]);
    const types = (await open.tasks.readEvents({ after: 0, limit: 10 })).map(({ type }) => type);
    expect(types).toEqual(['task-queued', 'task-start', 'task-queued', 'task-start', 'task-end']);
  });

  it('fails a task at once whose error cannot be cured', async () => {
    await using open = await openTasks();
    const { task } = await open.tasks.submit(submission());
    open.tasks.work({ slots: 1, server: 's' }, () => {
      throw new RangeError('boom');
    });
    expect(await reached(open.tasks, task.id, 'failed')).toMatchObject({
      ...{ reason: 'handler-failed', error: { code: 'handler-failed', message: 'boom', source: 's' } },
    });
    expect((await open.tasks.retry(task.id)).state).toMatch('queued');
    expect(await reached(open.tasks, task.id, 'failed')).toMatchObject({ runs: 2, attempt: 1 });
  });

  it('TASKS-6: stops a handler at the deadline of its task, which fails and keeps the partial result', async () => {
    // The clock stands still, so that the deadline is as far away for a worker that comes late.
    await using open = await openTasks({ clock: { now: () => 1_000 } });
    const { task } = await open.tasks.submit(submission({ deadlineAtMs: 1_100 }));
    const waiting = waitingHandler(() => 'half\u0000');
    open.tasks.work({ slots: 1, server: 's' }, waiting.handler);
    const { signal } = await waiting.started();
    expect(await reached(open.tasks, task.id, 'failed')).toMatchObject({
      reason: 'deadline',
      error: { code: 'deadline' },
      result: 'half\ufffd',
    });
    expect(signal.reason).toMatchObject({ code: 'deadline', retryable: false });
    expect(await open.tasks.runs(task.id)).toMatchObject([{ end: 'failed', error: { code: 'deadline' } }]);
  });

  it('stops a handler whose lease is lost, and drops its work', async () => {
    await using open = await openTasks({ leaseMs: 600 });
    const { task } = await open.tasks.submit(submission());
    const waiting = waitingHandler();
    const worker = open.tasks.work({ slots: 1, server: 'frozen' }, waiting.handler);
    const { signal, stepEnd, guard } = await waiting.started();
    await open.open().recover({ daemonId: 'new' }); // as if this process had been stopped
    await until('the loss', () => signal.aborted);
    expect((signal.reason as TasksError).code).toBe('lease-lost');
    expect(await guard(open.database.kysely)).toBe(false);
    await expect(stepEnd({ state: 'done', checkpoint: 2, error: null })).rejects.toMatchObject({ code: 'lease-lost' });
    await until('a second run', async () => (await open.tasks.runs(task.id)).length === 2);
    expect((await open.tasks.runs(task.id))[0]).toMatchObject({ end: 'lease-lost' });
    await worker.close();
  });
});

describe('closing a worker', () => {
  it('waits for running handlers as long as it may', async () => {
    await using open = await openTasks();
    const { task } = await open.tasks.submit(submission());
    let finish = () => {};
    const worker = open.tasks.work({ slots: 1, server: 's' }, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { result: 'in time' };
    });
    await until('a run', () => worker.running().length > 0);
    const closing = worker.close({ graceMs: 20_000 });
    finish();
    await closing;
    expect(await open.tasks.get(task.id)).toMatchObject({ state: 'done', result: 'in time' });
  });

  it('ends the time for running handlers at once when its signal says so', async () => {
    await using open = await openTasks();
    const { task } = await open.tasks.submit(submission());
    const waiting = waitingHandler();
    const worker = open.tasks.work({ slots: 1, server: 's' }, waiting.handler);
    const { signal } = await waiting.started();
    const cut = new AbortController();
    const closing = worker.close({ graceMs: 600_000, signal: cut.signal });
    cut.abort();
    await closing;
    expect((signal.reason as TasksError).code).toBe('shutdown');
    expect(await open.tasks.get(task.id)).toMatchObject({ state: 'ready', reason: 'resumed' });
  });

  it('TASKS-7: gives back what does not end in time: ready again, no attempt and no recovery counted', async () => {
    await using open = await openTasks();
    const { task } = await open.tasks.submit(submission());
    const waiting = waitingHandler(({ signal }) => {
      throw signal.reason;
    });
    const worker = open.tasks.work({ slots: 1, server: 's' }, waiting.handler);
    const { signal } = await waiting.started();
    const closing = [worker.close({ graceMs: 1 }), worker.close()];
    await Promise.all(closing);
    await worker[Symbol.asyncDispose]();
    expect((signal.reason as TasksError).code).toBe('shutdown');
    expect(await open.tasks.get(task.id)).toMatchObject({
      state: 'ready',
      reason: 'resumed',
      attempt: 1,
      recoveries: 0,
    });
    expect(worker.running()).toEqual([]);
    expect(await open.tasks.submit(submission())).toMatchObject({ created: true });
  });

  it('TASKS-7: gives a task back whose handler returns half an answer because of the shutdown', async () => {
    await using open = await openTasks();
    const { task } = await open.tasks.submit(submission());
    const waiting = waitingHandler(() => 'half');
    const worker = open.tasks.work({ slots: 1, server: 's' }, waiting.handler);
    await waiting.started();
    await worker.close();
    const given = { state: 'ready', reason: 'resumed', result: null, attempt: 1, recoveries: 0 };
    expect(await open.tasks.get(task.id)).toMatchObject(given);
    open.tasks.work({ slots: 1, server: 's' }, async () => ({ result: 'whole' }));
    expect(await reached(open.tasks, task.id, 'done')).toMatchObject({ result: 'whole', runs: 2, attempt: 1 });
    expect(await open.tasks.runs(task.id)).toMatchObject([{ end: 'lease-lost' }, { end: 'done' }]);
  });

  it('writes off a handler that does not stop', async () => {
    await using open = await openTasks();
    const { task } = await open.tasks.submit(submission());
    let finish = () => {};
    const worker = open.tasks.work({ slots: 1, server: 's' }, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { result: 'late' };
    });
    await reached(open.tasks, task.id, 'running');
    await worker.close();
    expect(await open.tasks.get(task.id)).toMatchObject({ state: 'ready', reason: 'resumed' });
    finish();
    await until('its end', () => worker.running().length === 0);
    expect(await open.tasks.get(task.id)).toMatchObject({ state: 'ready', result: null });
  });

  it('follows the signal that it was given, also one that is aborted already', async () => {
    await using open = await openTasks();
    const controller = new AbortController();
    const waiting = waitingHandler();
    open.tasks.work({ slots: 1, server: 's', signal: controller.signal }, waiting.handler);
    const { task } = await open.tasks.submit(submission());
    const { signal } = await waiting.started();
    controller.abort();
    await until('the stop', () => signal.aborted);
    await until('the end', async () => (await open.tasks.get(task.id))?.state !== 'running');
    await open.tasks.submit(submission());
    const late = open.tasks.work({ slots: 1, server: 's', signal: controller.signal }, waiting.handler);
    await late.close();
    expect(waiting.contexts).toHaveLength(1);
  });

  it('goes on claiming after the database was in the way', async () => {
    const warnings: string[] = [];
    const nothing = () => {};
    const warn = (_: object, message: string) => void warnings.push(message);
    await using open = await openTasks({ logger: { debug: nothing, info: nothing, warn, error: nothing } });
    open.database.sqlite.pragma('busy_timeout = 1');
    const blocker = open.database.open();
    const { task } = await open.tasks.submit(submission());
    blocker.sqlite.exec('begin immediate');
    open.tasks.work({ slots: 1, server: 's' }, async () => ({ result: '' }));
    await until('a claim that failed', () => warnings.includes('no task could be claimed; trying again'));
    blocker.sqlite.exec('commit');
    await reached(open.tasks, task.id, 'done');
  });
});
