import assert from 'node:assert/strict';
import type { CallEnd, Usage } from '../calls.js';
import { systemClock } from '../clock.js';
import { createTokenTracker } from '../tracker.js';
import type { TokenTracker, TokenTrackerOptions } from '../types.js';
import { fakeCallEnd, fakeCallStart } from './fake-call.js';

/** The options of a tracker that make its store. */
export type StoreOptions = Pick<TokenTrackerOptions, 'kysely' | 'sqlite' | 'writer'>;

/** An empty, migrated database; disposed of after each case. */
export interface StoreUnderTest extends AsyncDisposable {
  /** Options for a tracker. */
  readonly options: StoreOptions;
  /**
   * Options for another one on the same database, with connections of its own, as another process would have. All connections of one process
   * need a busy timeout of 0: one that blocks while it waits would also block the transaction it waits for.
   */
  other(): StoreOptions;
}

/** One case of the suite; `run` rejects with an assertion error when the store fails it. */
export interface StoreCase {
  /** What the store does, as a sentence. */
  readonly name: string;
  /** Runs the case on a database of its own. */
  run(open: () => Promise<StoreUnderTest>): Promise<void>;
}

/** Usage of a call with `inputTokens` and `outputTokens`, the rest unknown. */
function used(inputTokens: number, outputTokens: number, further: Partial<Usage> = {}): Partial<CallEnd> {
  return {
    usage: {
      inputTokens,
      outputTokens,
      cacheReadTokens: null,
      cacheWriteTokens: null,
      reasoningTokens: null,
      source: 'reported',
      ...further,
    },
  };
}

function storeCase(
  name: string,
  check: (tracker: TokenTracker, other: (options?: Partial<TokenTrackerOptions>) => TokenTracker) => Promise<void>,
): StoreCase {
  return {
    name,
    async run(open) {
      await using store = await open();
      await using tracker = createTokenTracker(store.options);
      const others: TokenTracker[] = [];
      try {
        await check(tracker, (options) => {
          const other = createTokenTracker({ ...store.other(), ...options });
          others.push(other);
          return other;
        });
        for (const each of [tracker, ...others]) {
          const { differences, damaged } = await each.verify();
          assert.deepEqual({ differences, damaged }, { differences: [], damaged: [] });
        }
      } finally {
        for (const other of others) await other.close();
      }
    },
  };
}

const task = (taskId: string) => ({ labels: { ...fakeCallStart().labels, taskId } });
const later = (ms: number) => ({ clock: { ...systemClock, monotonic: () => systemClock.monotonic() + ms } });

async function totals(tracker: TokenTracker) {
  const { totals: sums } = await tracker.report({ by: 'model' });
  return { calls: sums.calls, errors: sums.errors, inputTokens: sums.inputTokens, outputTokens: sums.outputTokens };
}

/** What every store of a tracker must do, whatever writes it. */
export const storeCases: readonly StoreCase[] = [
  storeCase('a settled call is counted once in its row, its bucket and its task', async (tracker) => {
    const start = fakeCallStart(task('task-1'));
    const handle = await tracker.begin(start);
    assert.equal((await tracker.calls())[0]?.status, 'open');
    await handle.settle(fakeCallEnd(start));
    const [call] = await tracker.calls();
    assert.equal(call?.status, 'ok');
    assert.equal(call?.inputTokens, 12);
    assert.equal(call?.modelDigest, '0123456789ab');
    assert.deepEqual(await totals(tracker), { calls: 1, errors: 0, inputTokens: 12, outputTokens: 5 });
    assert.deepEqual(await tracker.taskUsage('task-1'), {
      inputTokens: 12,
      outputTokens: 5,
      calls: 1,
      source: 'reported',
      byModel: [{ model: 'tiny', role: 'ux', inputTokens: 12, outputTokens: 5, calls: 1 }],
    });
  }),
  storeCase('settling a call twice counts the first usage only', async (tracker) => {
    const start = fakeCallStart();
    const handle = await tracker.begin(start);
    await handle.settle(fakeCallEnd(start));
    await handle.settle(fakeCallEnd(start, used(99, 99)));
    assert.deepEqual(await totals(tracker), { calls: 1, errors: 0, inputTokens: 12, outputTokens: 5 });
  }),
  storeCase('a recorded call counts once, however often it is recorded and begun', async (tracker, other) => {
    const start = fakeCallStart();
    const second = other();
    await Promise.all([tracker.record(fakeCallEnd(start)), second.record(fakeCallEnd(start))]);
    await tracker.begin(start);
    await tracker.record(fakeCallEnd(start));
    assert.deepEqual(await totals(second), { calls: 1, errors: 0, inputTokens: 12, outputTokens: 5 });
  }),
  storeCase(
    'an open call of a process that is gone becomes lost, and its late settle corrects the sums',
    async (tracker, other) => {
      const start = fakeCallStart({ ...task('task-1'), estimatedInputTokens: 40 });
      const handle = await tracker.begin(start);
      await handle.progress(300);
      const rescuer = other(later(31_000));
      assert.deepEqual(await rescuer.recover(), { processes: 1, calls: 1 });
      assert.equal((await rescuer.calls())[0]?.status, 'lost');
      assert.deepEqual(await totals(rescuer), { calls: 1, errors: 1, inputTokens: 40, outputTokens: 300 });
      assert.equal((await rescuer.taskUsage('task-1')).source, 'estimated');
      await handle.settle(fakeCallEnd(start, used(42, 350)));
      assert.deepEqual(await totals(tracker), { calls: 1, errors: 0, inputTokens: 42, outputTokens: 350 });
      assert.equal((await tracker.taskUsage('task-1')).source, 'reported');
    },
  ),
  storeCase('an open call of a process that was seen lately stays open', async (tracker, other) => {
    await tracker.begin(fakeCallStart());
    assert.deepEqual(await other(later(20_000)).recover(), { processes: 0, calls: 0 });
    assert.equal((await tracker.calls())[0]?.status, 'open');
  }),
  storeCase('failed, aborted and refused attempts are calls, and only failed ones are errors', async (tracker) => {
    const start = fakeCallStart();
    for (const [index, status] of (['error', 'aborted', 'refused', 'ok'] as const).entries()) {
      const attempt = fakeCallStart({ requestId: start.requestId, attempt: index + 1 });
      const handle = await tracker.begin(attempt);
      await handle.settle(fakeCallEnd(attempt, { status, ...used(1, status === 'refused' ? 0 : 2) }));
    }
    assert.deepEqual(await totals(tracker), { calls: 4, errors: 1, inputTokens: 4, outputTokens: 6 });
  }),
  storeCase('impossible counts are replaced by the estimate and told in meta', async (tracker) => {
    for (const bad of [-1, Number.NaN, 1.5, 2 ** 40 + 1, Number.POSITIVE_INFINITY]) {
      const start = fakeCallStart({ estimatedInputTokens: 7 });
      await tracker.record(fakeCallEnd(start, used(bad, 3)));
      const [call] = await tracker
        .calls({ limit: 10 })
        .then((calls) => calls.filter((each) => each.callId === start.callId));
      assert.equal(call?.inputTokens, 7);
      assert.equal(call?.source, 'estimated');
      assert.deepEqual(call?.meta?.badUsage, { inputTokens: String(bad) });
    }
    assert.deepEqual(await totals(tracker), { calls: 5, errors: 0, inputTokens: 35, outputTokens: 15 });
  }),
  storeCase('parts larger than their whole become unknown, and unknown is not 0', async (tracker) => {
    await tracker.record(
      fakeCallEnd(fakeCallStart(), used(10, 5, { cacheReadTokens: 8, cacheWriteTokens: 8, reasoningTokens: 6 })),
    );
    await tracker.record(fakeCallEnd(fakeCallStart(), used(10, 5, { cacheReadTokens: 0, reasoningTokens: 5 })));
    const { totals: sums } = await tracker.report({ by: 'role' });
    assert.deepEqual(
      [sums.cacheReadTokens, sums.cacheReadCalls, sums.cacheWriteTokens, sums.cacheWriteCalls],
      [0, 1, null, 0],
    );
    assert.deepEqual([sums.reasoningTokens, sums.reasoningCalls], [5, 1]);
  }),
  storeCase('huge counts add up exactly', async (tracker) => {
    for (let index = 0; index < 3; index++) await tracker.record(fakeCallEnd(fakeCallStart(), used(2 ** 40, 2 ** 40)));
    assert.deepEqual(await totals(tracker), {
      calls: 3,
      errors: 0,
      inputTokens: 3 * 2 ** 40,
      outputTokens: 3 * 2 ** 40,
    });
  }),
  storeCase('names may be any text', async (tracker) => {
    const model = "qwén 模型 🦙 '; DROP TABLE tokens_calls; --";
    for (const name of [model, 'lone \ud800 surrogate', 'nul \0 inside', '']) {
      const start = fakeCallStart({ model: name, backend: name, ...task(name) });
      const handle = await tracker.begin(start);
      await handle.settle(fakeCallEnd(start));
    }
    const { rows } = await tracker.report({ by: ['model', 'task'] });
    assert.deepEqual(
      rows.map((row) => row.group.model).sort(),
      ['', 'lone \ufffd surrogate', 'nul \ufffd inside', model].sort(),
    );
  }),
  storeCase('calls of several processes at once are all counted', async (tracker, other) => {
    const trackers = [tracker, other(), other()];
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const owner = trackers[index % trackers.length] ?? tracker;
        const start = fakeCallStart({ model: `model-${index % 4}`, ...task(`task-${index % 5}`) });
        const handle = await owner.begin(start);
        await handle.settle(fakeCallEnd(start, used(index, 1)));
      }),
    );
    assert.deepEqual(await totals(tracker), { calls: 60, errors: 0, inputTokens: 1_770, outputTokens: 60 });
    const usages = await tracker.taskUsages(['task-0', 'task-4', 'none']);
    assert.deepEqual(
      [...usages].map(([id, usage]) => [id, usage.calls]),
      [
        ['task-0', 12],
        ['task-4', 12],
        ['none', 0],
      ],
    );
  }),
  storeCase('ending a task returns its sums by model and role, and the last word stays', async (tracker) => {
    const large = { model: 'large', role: 'planning' } as const;
    for (const fields of [{}, large, large]) {
      await tracker.record(fakeCallEnd(fakeCallStart({ ...task('task-1'), ...fields })));
    }
    await tracker.endTask('task-1', { kind: 'answer', outcome: 'failed' });
    const digest = { modelDigest: '0123456789ab' };
    assert.deepEqual(await tracker.endTask('task-1', { kind: 'answer', outcome: 'done' }), [
      { model: 'large', role: 'planning', ...digest, inputTokens: 24, outputTokens: 10, calls: 2, durationMs: 400 },
      { model: 'tiny', role: 'ux', ...digest, inputTokens: 12, outputTokens: 5, calls: 1, durationMs: 200 },
    ]);
    assert.deepEqual(await tracker.endTask('no-calls', { kind: 'answer', outcome: 'dead' }), []);
  }),
];
