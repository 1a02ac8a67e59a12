import type { RunOptions, SummaryRun } from '@tale/context';
import { until } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { idleSummaries } from '../../src/ux-agent/idle-summaries.js';

const nothing: SummaryRun = { made: 0, extracts: 0, rejected: 0, vectors: 0, ended: 'nothing-left' };

it('runs one after the other, and only while a model can be asked', async () => {
  let isReady = false;
  let running = 0;
  let most = 0;
  let runs = 0;
  const runPending = async () => {
    runs += 1;
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return nothing;
  };
  const idle = idleSummaries({ summaries: { runPending }, isReady: () => isReady, onFailure: () => {}, everyMs: 1 });
  await new Promise((resolve) => setImmediate(resolve));
  expect(runs).toBe(0);
  isReady = true;
  await until('three runs', () => runs >= 3);
  expect(most).toBe(1);
  await idle.close();
  const ended = runs;
  await new Promise((resolve) => setImmediate(resolve));
  expect(runs).toBe(ended);
});

it('tells failures and goes on', async () => {
  const failures: unknown[] = [];
  const runPending = () => Promise.reject(new Error('no model'));
  const idle = idleSummaries({
    summaries: { runPending },
    isReady: () => true,
    onFailure: (error) => failures.push(error),
    everyMs: 1,
  });
  await until('two failures', () => failures.length >= 2);
  await idle.close();
});

it('ends the run that goes on when it is closed, and tells nobody', async () => {
  const failures: unknown[] = [];
  let begun = false;
  const runPending = ({ signal }: RunOptions = {}) =>
    new Promise<SummaryRun>((_, reject) => {
      begun = true;
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
  const idle = idleSummaries({
    summaries: { runPending },
    isReady: () => true,
    onFailure: (error) => failures.push(error),
    everyMs: 1,
  });
  await until('a run', () => begun);
  await idle.close();
  await idle.close();
  expect(failures).toEqual([]);
});
