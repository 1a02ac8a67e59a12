import { manualClock } from '@tale/test-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../src/index.js';
import type { LaneEntry } from '../../src/lanes/grant.js';
import { LaneQueue } from '../../src/lanes/lane-queue.js';
import { LaneScheduler, laneLimits } from '../../src/lanes/scheduler.js';

function build() {
  const clock = manualClock();
  const granted: string[] = [];
  const moved: [string, number, number | null][] = [];
  const scheduler = new LaneScheduler({
    monotonicMs: clock.now,
    after: clock.after,
    grant: (entry) => granted.push(entry.id),
    moved: (entry, position, etaMs) => moved.push([entry.id, position, etaMs]),
  });
  let count = 0;
  const entry = (lane: Lane, slot = 'a', slots = 1): LaneEntry => {
    count += 1;
    return { id: `${lane}${count}`, lane, slot, slots, device: 'local', enteredMs: clock.now() };
  };
  const enter = (given: LaneEntry) => {
    scheduler.enter(given);
    return given;
  };
  return { clock, scheduler, granted, moved, entry, enter };
}

describe('LaneScheduler', () => {
  it('a free slot is granted at once and no more than there are', () => {
    const { granted, entry, enter, scheduler } = build();
    const first = enter(entry('ux', 'a', 2));
    enter(entry('ux', 'a', 2));
    enter(entry('ux', 'a', 2));
    expect(granted).toEqual(['ux1', 'ux2']);
    scheduler.release(first);
    scheduler.release(first);
    expect(granted).toEqual(['ux1', 'ux2', 'ux3']);
  });

  it('ux goes before planning that came earlier', () => {
    const { granted, entry, enter, scheduler } = build();
    const running = enter(entry('planning'));
    enter(entry('planning'));
    enter(entry('ux'));
    scheduler.release(running);
    expect(granted).toEqual(['planning1', 'ux3']);
  });

  it('a planning call of another model waits while a ux call runs on the machine, at most 30 s', async () => {
    const { granted, entry, enter, clock } = build();
    enter(entry('ux', 'small'));
    enter(entry('planning', 'large'));
    await clock.advance(29_000);
    expect(granted).toEqual(['ux1']);
    await clock.advance(1_500);
    expect(granted).toEqual(['ux1', 'planning2']);
  });

  it('a running planning call does not hold up a ux call of another model', () => {
    const { granted, entry, enter } = build();
    enter(entry('planning', 'large'));
    enter(entry('ux', 'small'));
    expect(granted).toEqual(['planning1', 'ux2']);
  });

  it('positions are told when they change, with a time once one is learnt', async () => {
    const { moved, entry, enter, scheduler, clock } = build();
    const first = enter(entry('planning'));
    const second = enter(entry('planning'));
    enter(entry('planning'));
    expect(moved).toEqual([
      ['planning2', 1, null],
      ['planning3', 2, null],
    ]);
    await clock.advance(1_000);
    scheduler.release(first);
    expect(moved.slice(2)).toEqual([['planning3', 1, 1_000]]);
    await clock.advance(400);
    enter(entry('ux'));
    expect(moved.slice(3)).toEqual([
      ['ux4', 1, 600],
      ['planning3', 2, 1_600],
    ]);
    scheduler.leave(second);
  });

  it('a call that leaves makes room and is never granted', () => {
    const { granted, entry, enter, scheduler } = build();
    const first = enter(entry('ux'));
    const second = enter(entry('ux'));
    enter(entry('ux'));
    scheduler.leave(second);
    scheduler.release(first);
    expect(granted).toEqual(['ux1', 'ux3']);
    expect(scheduler.count('ux')).toEqual({ waiting: 0, running: 1 });
  });

  it('each lane is bounded', () => {
    const { entry, enter, scheduler } = build();
    enter(entry('ux'));
    for (let count = 0; count < laneLimits.ux; count += 1) enter(entry('ux'));
    expect(() => scheduler.enter(entry('ux'))).toThrow(
      expect.objectContaining({
        code: 'overloaded',
        retryable: true,
        retryAfterMs: 1_000,
        details: { lane: 'ux', limit: 32 },
      }),
    );
    enter(entry('planning'));
    expect(scheduler.count('planning').waiting).toBe(1);
  });

  it('a call that comes back in through a grant is decided after it', () => {
    const clock = manualClock();
    const order: string[] = [];
    const entry = (id: string): LaneEntry => ({ id, lane: 'ux', slot: 'a', slots: 1, device: 'd', enteredMs: 0 });
    const scheduler: LaneScheduler = new LaneScheduler({
      monotonicMs: clock.now,
      after: clock.after,
      moved: () => {},
      grant: (given) => {
        order.push(given.id);
        if (given.id === 'first') {
          scheduler.enter(entry('second'));
          scheduler.release(given);
        }
      },
    });
    scheduler.enter(entry('first'));
    expect(order).toEqual(['first', 'second']);
    scheduler.close();
  });

  it('MODEL-POOL-6: a ux call is never behind a young planning call, and no slot is ever granted twice', () => {
    const step = fc.record({
      action: fc.constantFrom('enter', 'release', 'leave'),
      lane: fc.constantFrom<Lane>('ux', 'planning', 'background'),
      slot: fc.constantFrom('a', 'b'),
      pick: fc.nat(50),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { scheduler, entry, granted } = build();
        const all: LaneEntry[] = [];
        const running = new Map<string, LaneEntry>();
        const waiting = new Map<string, LaneEntry>();
        let seen = 0;
        for (const { action, lane, slot, pick } of steps) {
          if (action === 'enter') {
            const given = entry(lane, slot);
            all.push(given);
            waiting.set(given.id, given);
            try {
              scheduler.enter(given);
            } catch {
              waiting.delete(given.id);
            }
          } else {
            const from = [...(action === 'release' ? running : waiting).values()];
            const given = from[pick % Math.max(1, from.length)];
            if (given === undefined) continue;
            if (action === 'release') running.delete(given.id);
            else waiting.delete(given.id);
            if (action === 'release') scheduler.release(given);
            else scheduler.leave(given);
          }
          for (; seen < granted.length; seen += 1) {
            const given = all.find(({ id }) => id === granted[seen]) as LaneEntry;
            expect(waiting.delete(given.id)).toBe(true);
            if (given.lane !== 'ux')
              expect([...waiting.values()].filter((other) => other.lane === 'ux' && other.slot === given.slot)).toEqual(
                [],
              );
            running.set(given.id, given);
          }
          for (const name of ['a', 'b'])
            expect([...running.values()].filter((given) => given.slot === name).length).toBeLessThanOrEqual(1);
        }
        scheduler.close();
      }),
      { numRuns: 500 },
    );
  });
});

describe('LaneQueue', () => {
  it('an aborted call leaves with its reason, before and after it entered', async () => {
    const clock = manualClock();
    const queue = new LaneQueue({ ...clock, monotonicMs: clock.now });
    const entry = (id: string): LaneEntry => ({ id, lane: 'ux', slot: 'a', slots: 1, device: 'd', enteredMs: 0 });
    const first = await queue.acquire(entry('1'), new AbortController().signal, () => {});
    const controller = new AbortController();
    const second = queue.acquire(entry('2'), controller.signal, () => {});
    const third = queue.acquire(entry('3'), new AbortController().signal, () => {});
    const reason = new Error('mine');
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    await expect(queue.acquire(entry('4'), controller.signal, () => {})).rejects.toBe(reason);
    first.release();
    expect((await third).reason).toBe('first');
    expect(queue.scheduler.count('ux')).toEqual({ waiting: 0, running: 1 });
  });
});
