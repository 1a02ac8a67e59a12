import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '@tale/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../src/clock.js';
import { createTokenTracker } from '../src/index.js';
import { bundleSource } from './bundle-source.js';
import { openTracker } from './open-tracker.js';

let bundle: Awaited<ReturnType<typeof bundleSource>>;
beforeAll(async () => {
  bundle = await bundleSource();
});
afterAll(() => bundle[Symbol.asyncDispose]());

/** Starts a process that makes calls; resolves once it has told `lines` lines and been sent `signal`. */
async function callerProcess(path: string, store: string, lines: number, signal: NodeJS.Signals) {
  const child = new URL('crash-child.mjs', import.meta.url).pathname;
  const caller = spawn(process.execPath, [child, bundle.path, path, store], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const closed = once(caller, 'close');
  await new Promise<void>((resolve) => {
    caller.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.split('\n').length > lines) resolve();
    });
  });
  caller.kill(signal);
  return { caller, closed, told: () => output.split('\n').slice(0, -1) };
}

describe.each(['sqlite', 'kysely'])('a process that writes through %s and is killed', (store) => {
  // TOKENS-3
  it('loses no settled call, and recovery closes each open one', async () => {
    for (const lines of [60, 173, 251]) {
      await using open = await openTracker();
      const { closed, told } = await callerProcess(open.database.path, store, lines, 'SIGKILL');
      await closed;
      expect(open.database.sqlite.pragma('integrity_check', { simple: true })).toBe('ok');
      const stillOpen = (await open.tracker.verify()).open;

      expect(await open.tracker.recover()).toEqual({ processes: 1, calls: stillOpen });

      expect(await open.tracker.verify()).toMatchObject({ ok: true, open: 0 });
      const calls = new Map((await open.tracker.calls({ limit: 10_000 })).map((call) => [call.callId, call]));
      for (const line of told()) {
        const [what, callId = '', input, output] = line.split(' ');
        const call = calls.get(callId);
        if (what === 'begun') expect(call, line).toBeDefined();
        else
          expect([call?.status, call?.inputTokens, call?.outputTokens], line).toEqual([
            'ok',
            Number(input),
            Number(output),
          ]);
      }
      const lost = [...calls.values()].filter((call) => call.status === 'lost');
      expect(lost).toHaveLength(stillOpen);
      for (const call of lost) expect(call).toMatchObject({ inputTokens: 10, source: 'estimated', endedAtMs: null });
      expect(open.database.sqlite.prepare('SELECT * FROM tokens_processes').all()).toEqual([]);
    }
  });
});

it('a process that is stopped past its heartbeat and goes on settles by the difference', async () => {
  await using open = await openTracker();
  const late = { ...systemClock, monotonic: () => systemClock.monotonic() + 40_000 };
  const { kysely, sqlite } = open.database;
  sqlite.pragma('busy_timeout = 20');
  await using rescuer = createTokenTracker({ kysely, sqlite, clock: late });
  const { caller, closed, told } = await callerProcess(open.database.path, 'sqlite', 60, 'SIGSTOP');
  try {
    const lost = await until('lost calls', async () => {
      try {
        return (await rescuer.recover()).calls;
      } catch {
        // Stopped inside a transaction, it holds the write lock: stop it at another moment.
        caller.kill('SIGCONT');
        await sleep(10);
        caller.kill('SIGSTOP');
        return null;
      }
    });
    expect(lost).toBeGreaterThan(0);
    expect((await rescuer.verify()).ok).toBe(true);

    caller.kill('SIGCONT');
    const before = told().length;
    await until('further calls', () => told().length > before + 200);
  } finally {
    caller.kill('SIGKILL');
    await closed;
  }
  await open.tracker.recover();
  expect(await open.tracker.verify()).toMatchObject({ ok: true, open: 0 });
  const calls = new Map((await open.tracker.calls({ limit: 10_000 })).map((call) => [call.callId, call.status]));
  for (const line of told()) {
    const [what, callId = ''] = line.split(' ');
    if (what === 'settled') expect(calls.get(callId), line).toBe('ok');
  }
});
