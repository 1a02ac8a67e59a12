import { temporaryDatabase } from '@tale/test-kit';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CallHandle, type CallStart, createTokenTracker, migrateTokens, type TokenTracker } from '../src/index.js';
import { fakeCallEnd, fakeCallStart } from '../src/testing/index.js';
import { trackerClock } from './open-tracker.js';

const processNumber = fc.nat(2);
const callNumber = fc.nat(5);
const tokens = fc.oneof(fc.nat(5_000), fc.constantFrom(-1, Number.NaN, 0.5, 2 ** 41));
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('begin' as const),
      process: processNumber,
      call: callNumber,
      minutes: fc.nat(40),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('progress' as const), call: callNumber, tokens }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('settle' as const),
      call: callNumber,
      input: tokens,
      output: tokens,
      cached: fc.option(tokens),
      status: fc.constantFrom('ok' as const, 'error' as const, 'aborted' as const, 'refused' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('record' as const), process: processNumber, call: callNumber }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('kill' as const), process: processNumber }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stop' as const), process: processNumber }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('recover' as const), process: processNumber }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('wait' as const), seconds: fc.constantFrom(1, 4, 29, 31, 40) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('end-task' as const), process: processNumber }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Process {
  tracker: TokenTracker;
  /** Whether its timers still fire. */
  isRunning: boolean;
  isKilled: boolean;
}

/** Three processes with a handle each on one file, on one clock that only `wait` moves. */
async function simulate(steps: readonly Step[]): Promise<void> {
  await using database = await temporaryDatabase();
  await migrateTokens(database.kysely);
  const clock = trackerClock();
  const start = (): Process => {
    const { kysely, sqlite } = database.open();
    const process: Process = { isRunning: true, isKilled: false } as Process;
    const after = (delayMs: number, callback: () => void) =>
      clock.after(delayMs, () => process.isRunning && callback());
    process.tracker = createTokenTracker({ kysely, sqlite, clock: { ...clock, after } });
    return process;
  };
  const processes = [start(), start(), start()];
  const calls: { start: CallStart; handle: CallHandle; owner: Process }[] = [];
  /** What must be counted of each settled call. */
  const settled = new Map<string, [input: number, output: number]>();
  const ofProcess = (index: number) => processes[index] as Process;
  const good = (count: number) => Number.isInteger(count) && count >= 0 && count <= 2 ** 40;
  const progressed = new Map<string, number>();

  for (const action of steps) {
    if (action.type === 'wait') await clock.advance(action.seconds * 1_000);
    else if (action.type === 'begin') {
      const owner = ofProcess(action.process);
      const labels = { ...fakeCallStart().labels, taskId: action.call % 2 ? `task-${action.call}` : null };
      const model = `model-${action.call % 3}`;
      const call = fakeCallStart({ labels, model, startedAtMs: clock.now() + action.minutes * 60_000 });
      calls.push({ start: call, owner, handle: await owner.tracker.begin(call) });
    } else if (action.type === 'progress' || action.type === 'settle') {
      const call = calls.at(-1 - action.call);
      if (!call || call.owner.isKilled) continue;
      const id = call.start.callId;
      if (action.type === 'progress') {
        await call.handle.progress(action.tokens);
        if (good(action.tokens) && !settled.has(id))
          progressed.set(id, Math.max(progressed.get(id) ?? 0, action.tokens));
        continue;
      }
      const { input: inputTokens, output: outputTokens, cached: cacheReadTokens, status } = action;
      const usage = { ...fakeCallEnd(call.start).usage, inputTokens, outputTokens, cacheReadTokens };
      await call.handle.settle(fakeCallEnd(call.start, { usage, status }));
      const counted = [
        good(inputTokens) ? inputTokens : 10,
        good(outputTokens) ? outputTokens : (progressed.get(id) ?? 0),
      ] as const;
      if (!settled.has(id)) settled.set(id, [...counted]);
    } else if (action.type === 'record') {
      const call = calls.at(-1 - action.call);
      if (!call) continue;
      await ofProcess(action.process).tracker.record(fakeCallEnd(call.start));
      if (!settled.has(call.start.callId)) settled.set(call.start.callId, [12, 5]);
    } else if (action.type === 'kill') {
      Object.assign(ofProcess(action.process), { isRunning: false, isKilled: true });
      processes[action.process] = start();
    } else if (action.type === 'stop') ofProcess(action.process).isRunning = false;
    else if (action.type === 'recover') await ofProcess(action.process).tracker.recover();
    else await ofProcess(action.process).tracker.endTask('task-1', { kind: 'test', outcome: 'done' });
  }

  const { tracker } = ofProcess(0);
  expect(await tracker.verify()).toMatchObject({ ok: true, differences: [], damaged: [] });
  const stored = new Map((await tracker.calls({ limit: 10_000 })).map((call) => [call.callId, call]));
  expect(stored.size).toBe(calls.length);
  for (const [id, counted] of settled) {
    const call = stored.get(id);
    expect(['ok', 'error', 'aborted', 'refused']).toContain(call?.status);
    expect([call?.inputTokens, call?.outputTokens]).toEqual(counted);
  }
  for (const call of stored.values()) {
    if (settled.has(call.callId)) continue;
    expect(['open', 'lost']).toContain(call.status);
    expect(call.outputTokens ?? 0).toBeLessThanOrEqual(progressed.get(call.callId) ?? 0);
  }

  // Everything that is left open is closed once its process has been unseen for long enough.
  for (const process of processes) process.isRunning = false;
  await clock.advance(31_000);
  const { kysely, sqlite } = database.open();
  await using last = createTokenTracker({ kysely, sqlite, clock });
  await last.recover();
  expect(await last.verify()).toMatchObject({ ok: true, open: 0, calls: calls.length });
  expect(sqlite.prepare('SELECT count(*) FROM tokens_rollup WHERE calls = 0').pluck().get()).toBe(0);
}

// TOKENS-1
it('any order of begin, progress, settle, kill, stop and recovery in three processes leaves all sums equal to their calls', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 80, size: 'max' }), simulate), {
    numRuns: 60,
  });
}, 120_000);
