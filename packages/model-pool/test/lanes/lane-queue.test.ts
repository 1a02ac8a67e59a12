import { manualClock } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { poolError } from '../../src/calls/call-error.js';
import { Stop } from '../../src/calls/stop.js';
import { DecisionLog } from '../../src/decisions/decision-log.js';
import { replayLog } from '../../src/decisions/replay.js';
import type { LaneRequest } from '../../src/lanes/grant.js';
import { LaneQueue } from '../../src/lanes/lane-queue.js';

function build() {
  const clock = manualClock(0);
  const decisions = new DecisionLog(clock, () => {});
  const facts = () => ({ prefillRate: null, decodeRate: null, pausedMs: 0 });
  const queue = new LaneQueue({ clock: { ...clock, monotonicMs: clock.now }, decisions, facts });
  const acquire = (id: string, stop = new Stop(), lane: LaneRequest['lane'] = 'ux') =>
    queue.acquire(
      {
        ...{ id, lane, slot: 'a', slots: 1, device: 'd' },
        ...{ enteredMs: clock.now(), promptTokens: 1, limitTokens: 9 },
      },
      {
        ...{ requestId: `request-${id}`, taskId: 'task', isInFront: false, moved() {} },
        onStop: (leave) => stop.listen(leave),
      },
    );
  return { clock, decisions, queue, acquire };
}

it('a call that is ended leaves with its reason, and the next one goes', async () => {
  const { queue, acquire } = build();
  const first = await acquire('1');
  const stop = new Stop();
  const second = acquire('2', stop);
  const third = acquire('3');
  const reason = poolError('aborted', 'mine');
  stop.now(reason);
  await expect(second).rejects.toBe(reason);
  expect(queue.scheduler.count('ux')).toEqual({ waiting: 1, running: 1 });
  first.release();
  expect((await third).reason).toBe('first');
  expect(queue.scheduler.count('ux')).toEqual({ waiting: 0, running: 1 });
});

it('a call that has its place keeps it when it is ended, until it gives it back', async () => {
  const { queue, acquire } = build();
  const stop = new Stop();
  const place = await acquire('1', stop);
  stop.now(poolError('aborted', 'mine'));
  expect(queue.scheduler.count('ux').running).toBe(1);
  place.release();
  place.release();
  expect(queue.scheduler.count('ux').running).toBe(0);
});

it('grants and refusals are decisions with what they waited for, and come out the same again', async () => {
  const { decisions, acquire, clock } = build();
  const first = await acquire('1');
  const waiting = Array.from({ length: 32 }, (_, index) => acquire(String(index + 2)));
  await expect(acquire('34')).rejects.toMatchObject({ code: 'overloaded' });
  await clock.advance(5);
  first.release();
  await waiting[0];
  const list = decisions.list();
  expect(list.map(({ kind, chosen, callId }) => [kind, chosen, callId])).toEqual([
    ['grant', '1', '1'],
    ['refuse', null, '34'],
    ['grant', '2', '2'],
  ]);
  expect(list[1]).toMatchObject({ requestId: 'request-34', taskId: 'task', inputs: { by: 'lane', waiting: 32 } });
  expect(list[2]?.inputs).toMatchObject({
    heads: { ux: { behind: { running: [{ id: '1', lane: 'ux' }], waiting: 0, uxOnDevice: 0, pausedMs: 0 } } },
  });
  expect(replayLog(list)).toEqual([]);
  expect(replayLog(JSON.parse(JSON.stringify(list)))).toEqual([]);
});
