// Goal G10: the scheduler alone, without a server: how many turns it decides a second, each with an entry in the decision log; what a call
// that waits costs; and whether the log of a random run makes the same decisions again.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { replayLog } from '@tale/model-pool';
import { DecisionLog } from '../dist/decisions/decision-log.js';
import { LaneQueue } from '../dist/lanes/lane-queue.js';
import { randomRun } from './random-run.mjs';
import { figure, flags } from './report.mjs';
import { at } from './sampling.mjs';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
const models = ['small', 'large', 'vectors'];
const facts = () => ({ prefillRate: 400, decodeRate: 20, pausedMs: 0 });
const wait = (requestId) => ({ requestId, taskId: null, isInFront: false, moved: () => {}, onStop: () => () => {} });

function openQueue() {
  let decided = 0;
  const decisions = new DecisionLog(clock, () => decided++);
  return { queue: new LaneQueue({ clock, decisions, facts }), decided: () => decided };
}

const requestOf = (index, lane, slots) => ({
  id: `call-${index}`,
  lane,
  slot: models[index % models.length],
  slots,
  device: 'local',
  enteredMs: performance.now(),
  promptTokens: 200,
  limitTokens: 1_000,
});

/** Calls of all lanes, a hundred at a time for each model, so that most of them wait. Returns turns a second. */
async function rateOfTurns(calls) {
  const { queue, decided } = openQueue();
  let next = 0;
  const work = async () => {
    while (next < calls) {
      const index = next++;
      // As of tale's calls, few are a person's.
      const lane = index % 20 === 0 ? 'ux' : index % 3 === 0 ? 'planning' : 'background';
      const place = await queue.acquire(requestOf(index, lane, 4), wait(`request-${index}`));
      place.release();
    }
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: 300 }, work));
  const seconds = (performance.now() - startMs) / 1_000;
  queue.scheduler.close();
  if (decided() !== calls) throw new Error(`${decided()} decisions about ${calls} calls`);
  return calls / seconds;
}

/** Memory that the lanes hold for a call that waits in one, bytes; what the call itself holds is not theirs. */
async function bytesOfWaiting() {
  const { queue } = openQueue();
  const running = await Promise.all(
    models.map((_, index) => queue.acquire(requestOf(index, 'planning', 1), wait(`r${index}`))),
  );
  const usedBytes = () => {
    for (let times = 0; times < 3; times++) collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const count = 1_000; // as many as one lane holds
  const asked = Array.from({ length: count }, (_, index) => [
    requestOf(index, 'background', 1),
    wait(`request-${index}`),
  ]);
  const waiting = Array.from({ length: count }, () => null);
  const beforeBytes = usedBytes();
  for (let index = 0; index < count; index++) waiting[index] = queue.acquire(...asked[index]);
  const bytes = (usedBytes() - beforeBytes) / count;
  queue.scheduler.close();
  return running.length === models.length ? bytes : Number.NaN;
}

async function measure() {
  const [calls, rounds] = flags.quick ? [20_000, 3] : [100_000, 7];
  const rates = [];
  for (let round = 0; round < rounds; round++) rates.push(await rateOfTurns(calls));
  const sizes = [];
  for (let round = 0; round < 3; round++) sizes.push(await bytesOfWaiting());
  const { decisions } = await randomRun(flags.quick ? 150 : 1_000);
  const recorded = decisions.map((decision) => JSON.parse(JSON.stringify(decision)));
  const kinds = new Set(recorded.map(({ kind }) => kind)).size;
  const same = recorded.length - replayLog(recorded).length;
  return [
    figure('G10.1', 'turns that the scheduler decides and logs', 50_000, at(rates, 0.5), '1/s', {
      op: '>=',
      n: rounds * calls,
    }),
    figure('G10.2', 'memory of a call that waits in its lane', 1_024, at(sizes, 0.5), 'bytes', { n: 1_000 }),
    figure(
      'G10.3',
      'decisions of a recorded log that are made the same again',
      100,
      (100 * same) / recorded.length,
      '%',
      {
        op: '==',
        n: recorded.length,
        kinds,
      },
    ),
  ];
}

export const parts = [{ goals: ['G10'], measure }];
