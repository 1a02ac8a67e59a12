import { expect, it } from 'vitest';
import { judgeProcess, type Observer, processesScript, recoverProcess } from '../../src/store/recover.js';
import { sqliteTransactions } from '../../src/store/transactions.js';
import { fakeCallStart } from '../../src/testing/index.js';
import { openTracker } from '../open-tracker.js';

const observer: Observer = {
  processId: 'me',
  host: 'here',
  monotonicMs: 100_000,
  isAlive: () => true,
  unchangedMs: () => 0,
};
const seen = { processId: 'other', pid: 4, host: 'here', seenAtMs: 99_000 };

it.each([
  ['this process itself', { ...seen, processId: 'me', seenAtMs: 0 }, observer, 'alive'],
  ['a process seen a second ago', seen, observer, 'alive'],
  ['a process whose id is gone', seen, { ...observer, isAlive: () => false }, 'ended'],
  ['a process unseen for 30 s whose id is still used', { ...seen, seenAtMs: 70_000 }, observer, 'unseen'],
  ['a process seen later than now, before the machine started anew', { ...seen, seenAtMs: 200_000 }, observer, 'ended'],
  ['a process that took its registration back', { ...seen, pid: null, host: null, seenAtMs: null }, observer, 'ended'],
  ['a process of another host, first met', { ...seen, host: 'there', seenAtMs: 1 }, observer, 'alive'],
  [
    'a process of another host, unchanged for 30 s',
    { ...seen, host: 'there' },
    { ...observer, unchangedMs: () => 30_000 },
    'ended',
  ],
] as const)('%s is judged', (_name, process, by, verdict) => {
  expect(judgeProcess(process, by)).toBe(verdict);
});

it('a process that is seen again between the judgement and the recovery keeps its open calls', async () => {
  await using open = await openTracker({ processId: 'other' });
  await open.tracker.begin(fakeCallStart());
  const transact = sqliteTransactions(open.database.sqlite);
  const [stale] = await transact(processesScript);
  if (!stale) throw new Error('the process has not registered');
  open.database.sqlite.exec('UPDATE tokens_processes SET seen_at = seen_at + 1');
  expect(await transact(() => recoverProcess(stale, true))).toBe(0);
  expect((await open.tracker.calls())[0]?.status).toBe('open');
  const [current] = await transact(processesScript);
  expect(await transact(() => recoverProcess(current ?? stale, true))).toBe(1);
  expect(await transact(processesScript)).toEqual([]);
});
