import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { readRuntimeFile } from '../src/index.js';
import { hasEnded } from '../src/process-table.js';
import { about, hurriedClock, server, statusOf, supervise, urlOf } from './servers.js';

describe('stop', () => {
  it('stops in descending order, the next group once the last is gone', async () => {
    await using running = await supervise([
      server('gateway', {}, { order: 1 }),
      server('worker', { drainsForMs: 200 }, { order: 2, instances: 2 }),
      server('front', {}, { order: 3 }),
    ]);
    await running.supervisor.start();
    await running.supervisor.stop();
    const stops = running.states.filter((state) => /draining|stopped/.test(state));
    expect(stops.slice(0, 2)).toEqual(['front 1 draining', 'front 1 stopped']);
    expect(stops.slice(-2)).toEqual(['gateway 1 draining', 'gateway 1 stopped']);
    expect(running.supervisor.status().every(({ state, pid }) => state === 'stopped' && pid === null)).toBe(true);
  });

  it('lets running work end, and the child exit by itself', async () => {
    await using running = await supervise([server('one', { drainsForMs: 300 })]);
    await running.supervisor.start();
    await running.supervisor.stop();
    expect(statusOf(running.supervisor, 'one').lastExit).toMatchObject({ code: 0, signal: null });
    expect(running.states).not.toContain('one 1 stopping');
  });

  it('cuts the drain when it lasts too long', async () => {
    await using running = await supervise([server('one', { drainsForMs: 60_000 })]);
    await running.supervisor.start();
    await running.supervisor.stop(undefined, { drainMs: 200 });
    expect(running.states.slice(-3)).toEqual(['one 1 draining', 'one 1 stopping', 'one 1 stopped']);
    expect(statusOf(running.supervisor, 'one').lastExit).toMatchObject({ code: 0 });
  });

  it('a second request cuts the drain, a third kills', async () => {
    await using running = await supervise([
      server('polite', { drainsForMs: 60_000 }, { drainMs: 60_000, stopMs: 60_000 }),
      server('deaf', { ignoresStop: true }, { drainMs: 60_000, stopMs: 60_000 }),
    ]);
    await running.supervisor.start();
    const first = running.supervisor.stop();
    await until('both drain', () => running.supervisor.status().every(({ state }) => state === 'draining'));
    const second = running.supervisor.stop();
    await until('one ended', () => statusOf(running.supervisor, 'polite').state === 'stopped');
    expect(statusOf(running.supervisor, 'deaf').state).toBe('stopping');
    await Promise.all([first, second, running.supervisor.stop()]);
    expect(statusOf(running.supervisor, 'deaf').lastExit).toMatchObject({ signal: 'SIGKILL' });
  });

  it('SUPERVISOR-2: kills the whole tree, grandchildren that ignore SIGTERM included', async () => {
    await using running = await supervise([server('one', { hasGrandchild: true, ignoresStop: true }, { stopMs: 300 })]);
    await running.supervisor.start();
    const { pid, grandchild } = await about(urlOf(running.supervisor, 'one'));
    expect(hasEnded(grandchild ?? 0)).toBe(false);
    await running.supervisor.stop(undefined, { drainMs: 0 });
    expect(statusOf(running.supervisor, 'one').lastExit).toMatchObject({ signal: 'SIGKILL' });
    expect(hasEnded(pid)).toBe(true);
    await until('the grandchild ended', () => hasEnded(grandchild ?? 0));
  });

  it('SUPERVISOR-2: leaves no grandchild after a child that ended in order', async () => {
    await using running = await supervise([server('one', { hasGrandchild: true })]);
    await running.supervisor.start();
    const { grandchild } = await about(urlOf(running.supervisor, 'one'));
    await running.supervisor.stop();
    expect(statusOf(running.supervisor, 'one').lastExit).toMatchObject({ code: 0 });
    await until('the grandchild ended', () => hasEnded(grandchild ?? 0));
  });

  it('during a start aborts the start and leaves nothing', async () => {
    await using running = await supervise([server('one', { hangs: true }), server('two', { readyAfterMs: 60_000 })]);
    const start = running.supervisor.start().catch((error: unknown) => error);
    await until('it starts', () => statusOf(running.supervisor, 'one').pid !== null);
    await running.supervisor.stop();
    expect(await start).toMatchObject({ code: 'closed', retryable: true, server: 'one' });
    expect(running.supervisor.status().every(({ pid }) => pid === null)).toBe(true);
  });

  it('right after start starts nothing at all', async () => {
    await using running = await supervise([server('one')]);
    const start = running.supervisor.start().catch((error: unknown) => error);
    await running.supervisor.stop();
    expect(await start).toMatchObject({ code: 'closed' });
    expect(running.states).toEqual([]);
  });

  it('makes a start that comes meanwhile wait', async () => {
    await using running = await supervise([server('one', { drainsForMs: 300 })]);
    await running.supervisor.start();
    const { pid } = statusOf(running.supervisor, 'one');
    const stop = running.supervisor.stop();
    const [status] = await running.supervisor.start();
    await stop;
    expect(status?.pid).not.toBe(pid);
    expect(running.states.slice(2)).toEqual(['one 1 draining', 'one 1 stopped', 'one 1 starting', 'one 1 ready']);
  });

  it('takes a server out of back-off and out of a crash loop', async () => {
    await using running = await supervise([server('one', { exitCode: 1 })], { clock: hurriedClock });
    const start = running.supervisor.start().catch((error: unknown) => error);
    await until('it waits', () => statusOf(running.supervisor, 'one').state === 'waiting');
    await running.supervisor.stop();
    expect(await start).toMatchObject({ code: 'closed' });
    await running.supervisor.start().catch(() => {});
    expect(statusOf(running.supervisor, 'one').state).toBe('crash-loop');
    await running.supervisor.stop();
    expect(statusOf(running.supervisor, 'one')).toMatchObject({ state: 'stopped', reason: null });
  });

  it('ends the waiting, not the stopping, when its signal aborts', async () => {
    await using running = await supervise([server('one', { drainsForMs: 300 })]);
    await running.supervisor.start();
    const abort = new AbortController();
    const stop = running.supervisor.stop(undefined, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(stop).rejects.toThrow('enough');
    await until('it has stopped all the same', () => statusOf(running.supervisor, 'one').state === 'stopped');
  });
});

describe('restart', () => {
  it('stops and starts one instance after another and reports the gaps', async () => {
    await using running = await supervise([server('one', {}, { instances: 2 }), server('other')]);
    await running.supervisor.start();
    const before = running.supervisor.status().map(({ pid }) => pid);
    const reports = await running.supervisor.restart('one');
    expect(reports.map(({ name, instance }) => `${name} ${instance}`)).toEqual(['one 1', 'one 2']);
    expect(reports.every(({ gapMs }) => gapMs > 0)).toBe(true);
    const after = running.supervisor.status();
    expect(after.every(({ state }) => state === 'ready')).toBe(true);
    expect(after.map(({ pid }, index) => pid === before[index])).toEqual([false, false, true]);
  });

  it('ends at the first instance that does not become ready, or when its signal aborts', async () => {
    await using running = await supervise([server('one', { exitCode: 2 }), server('two', {}, { order: 2 })]);
    await running.supervisor.start().catch(() => {});
    const { pid } = statusOf(running.supervisor, 'two');
    await expect(running.supervisor.restart()).rejects.toMatchObject({ code: 'refused-by-child' });
    expect(statusOf(running.supervisor, 'two').pid).toBe(pid);
    await expect(running.supervisor.restart('two', { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

describe('close', () => {
  it('stops everything, removes runtime.json, and may be called twice', async () => {
    await using running = await supervise([server('one')]);
    await running.supervisor.start();
    await Promise.all([running.supervisor.close(), running.supervisor.close()]);
    await running.supervisor[Symbol.asyncDispose]();
    expect(readRuntimeFile(running.folder)).toBeNull();
    await expect(running.supervisor.start()).rejects.toMatchObject({ code: 'closed', retryable: false });
    await expect(running.supervisor.restart()).rejects.toMatchObject({ code: 'closed' });
    await running.supervisor.stop();
    expect(running.supervisor.status()).toMatchObject([{ state: 'stopped' }]);
  });

  it('joins a stop that is under way instead of cutting its drain', async () => {
    await using running = await supervise([server('one', { drainsForMs: 400 })]);
    await running.supervisor.start();
    const stop = running.supervisor.stop();
    await running.supervisor.close();
    await stop;
    expect(running.states).not.toContain('one 1 stopping');
  });

  it('while it starts leaves nothing', async () => {
    await using running = await supervise([server('one', { hangs: true })]);
    const start = running.supervisor.start().catch((error: unknown) => error);
    await until('it starts', () => statusOf(running.supervisor, 'one').pid !== null);
    await running.supervisor.close();
    expect(await start).toMatchObject({ code: 'closed' });
    await expect(stat(join(running.folder, 'runtime.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('of a supervisor that never started does nothing', async () => {
    await using running = await supervise([server('one')]);
    await running.supervisor.close();
    expect(running.states).toEqual([]);
  });
});
