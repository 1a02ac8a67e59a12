import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { manualClock, seededRandom } from '@tale/test-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replayLog } from '../../src/decisions/replay.js';
import type { Decision, Lane } from '../../src/index.js';
import { laneLimits } from '../../src/lanes/admission.js';
import { agingMs, type LaneRequest, lanes } from '../../src/lanes/grant.js';
import { LaneScheduler } from '../../src/lanes/scheduler.js';
import type { SlotFacts } from '../../src/lanes/slot.js';
import type { LaneTicket } from '../../src/lanes/ticket.js';

type Moved = [id: string, position: number, etaMs: number | null];

/** A scheduler with everything that it did. */
function build() {
  const clock = manualClock(0);
  const granted: LaneTicket[] = [];
  const moved: Moved[] = [];
  const refused: string[] = [];
  const decisions: Decision[] = [];
  const facts: Record<string, Partial<SlotFacts>> = {};
  let onGrant = (_ticket: LaneTicket) => {};
  const scheduler: LaneScheduler = new LaneScheduler({
    monotonicMs: clock.now,
    after: clock.after,
    facts: (slot) => ({ prefillRate: null, decodeRate: null, pausedMs: 0, ...facts[slot] }),
    grant(ticket, inputs, { chosen, rejected }) {
      granted.push(ticket);
      const about = { requestId: null, callId: ticket.entry.id, taskId: null };
      decisions.push({
        id: decisions.length + 1,
        atMs: clock.now(),
        kind: 'grant',
        ...about,
        inputs,
        chosen,
        rejected,
      });
      onGrant(ticket);
    },
    refuse: ({ id }) => refused.push(id),
    moved: ({ entry }, position, etaMs) => moved.push([entry.id, position, etaMs]),
  });
  let count = 0;
  const request = (lane: Lane, more: Partial<LaneRequest> = {}): LaneRequest => {
    count += 1;
    return {
      id: `${lane}${count}`,
      lane,
      slot: 'a',
      slots: 1,
      device: 'local',
      enteredMs: clock.now(),
      promptTokens: 100,
      limitTokens: 1_000,
      ...more,
    };
  };
  const waiter = { requestId: 'request', taskId: null, granted() {}, moved() {} };
  const enter = (lane: Lane, more: Partial<LaneRequest> = {}, isInFront = false) =>
    scheduler.enter(request(lane, more), waiter, isInFront);
  return {
    ...{ clock, scheduler, granted, moved, refused, decisions, facts, enter },
    ids: () => granted.map(({ entry }) => entry.id),
    whenGranted: (then: (ticket: LaneTicket) => void) => {
      onGrant = then;
    },
  };
}

describe('who goes', () => {
  it('a free slot is granted at once and no more than there are', () => {
    const { ids, enter, scheduler } = build();
    const first = enter('ux', { slots: 2 });
    enter('ux', { slots: 2 });
    enter('ux', { slots: 2 });
    expect(ids()).toEqual(['ux1', 'ux2']);
    scheduler.release(first);
    scheduler.release(first);
    expect(ids()).toEqual(['ux1', 'ux2', 'ux3']);
  });

  it('ux goes before planning that came earlier', () => {
    const { ids, enter, scheduler } = build();
    const running = enter('planning');
    enter('planning');
    enter('ux');
    scheduler.release(running);
    expect(ids()).toEqual(['planning1', 'ux3']);
  });

  it('a planning call of another model waits while a ux call runs on the machine, at most 30 s', async () => {
    const { ids, enter, clock } = build();
    enter('ux', { slot: 'small' });
    enter('planning', { slot: 'large' });
    await clock.advance(29_000);
    expect(ids()).toEqual(['ux1']);
    await clock.advance(1_500);
    expect(ids()).toEqual(['ux1', 'planning2']);
  });

  it('a planning call of another model goes as soon as the last ux call of the machine is over', () => {
    const { ids, enter, scheduler } = build();
    const talks = [enter('ux', { slot: 'small', slots: 2 }), enter('ux', { slot: 'small', slots: 2 })];
    enter('planning', { slot: 'large' });
    enter('planning', { slot: 'far', device: null });
    expect(ids()).toEqual(['ux1', 'ux2', 'planning4']);
    for (const talk of talks) {
      expect(ids()).not.toContain('planning3');
      scheduler.release(talk);
    }
    expect(ids()).toContain('planning3');
  });

  it('a running planning call does not hold up a ux call of another model', () => {
    const { ids, enter } = build();
    enter('planning', { slot: 'large' });
    enter('ux', { slot: 'small' });
    expect(ids()).toEqual(['planning1', 'ux2']);
  });

  it('a call that had its turn goes to the front of its lane, behind the lanes before it', () => {
    const { ids, enter, scheduler } = build();
    const running = enter('planning');
    enter('planning');
    const again = enter('planning', {}, true);
    enter('ux');
    scheduler.release(running);
    scheduler.release(again);
    expect(ids()).toEqual(['planning1', 'ux4']);
    expect(again.toldPosition).toBe(1);
  });

  it('a call that leaves makes room and is never granted', () => {
    const { ids, enter, scheduler } = build();
    const first = enter('ux');
    const second = enter('ux');
    enter('ux');
    scheduler.leave(second);
    scheduler.leave(second);
    scheduler.leave(first);
    scheduler.release(first);
    expect(ids()).toEqual(['ux1', 'ux3']);
    expect(scheduler.count('ux')).toEqual({ waiting: 0, running: 1 });
  });

  it('a call that comes back in through a grant is decided after it', () => {
    const { ids, enter, scheduler, whenGranted } = build();
    whenGranted((ticket) => {
      if (ticket.entry.id !== 'ux1') return;
      enter('ux');
      scheduler.release(ticket);
    });
    enter('ux');
    expect(ids()).toEqual(['ux1', 'ux2']);
  });

  it('nobody goes to a server that asked to be left alone, and its calls go when the time is over', async () => {
    const { ids, enter, scheduler, facts, clock } = build();
    const untilMs = 5_000;
    Object.defineProperty(facts, 'a', { get: () => ({ pausedMs: Math.max(0, untilMs - clock.now()) }) });
    enter('planning');
    enter('ux');
    enter('ux', { slot: 'b' });
    expect(ids()).toEqual(['ux3']);
    await clock.advance(4_999);
    expect(ids()).toEqual(['ux3']);
    await clock.advance(1);
    expect(ids()).toEqual(['ux3', 'ux2']);
    scheduler.close();
  });
});

describe('bounds', () => {
  it('each lane is bounded over all models, and says when to come again', () => {
    const { enter, scheduler, refused } = build();
    enter('ux');
    enter('ux', { slot: 'b' });
    for (let count = 0; count < laneLimits.ux; count += 1) enter('ux', { slot: count % 2 ? 'a' : 'b' });
    expect(() => enter('ux')).toThrow(
      expect.objectContaining({
        code: 'overloaded',
        retryable: true,
        retryAfterMs: 1_000,
        details: { lane: 'ux', limit: 32 },
      }),
    );
    expect(refused).toEqual(['ux35']);
    enter('planning');
    expect(scheduler.count('planning').waiting).toBe(1);
  });

  it('a call that waits takes at most 1 KB', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { enter } = build();
    const count = laneLimits.background - 1;
    enter('background');
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < count; index += 1) enter('background');
    collect();
    expect((process.memoryUsage().heapUsed - before) / count).toBeLessThan(1_024);
  });
});

describe('places', () => {
  it('a place is told at once to a call that comes, and to others when it changes, with a time once one is learnt', async () => {
    const { moved, enter, scheduler, clock } = build();
    const first = enter('planning');
    const second = enter('planning');
    enter('planning');
    expect(moved.splice(0)).toEqual([
      ['planning2', 1, null],
      ['planning3', 2, null],
    ]);
    await clock.advance(1_000);
    scheduler.release(first);
    expect(moved).toEqual([]);
    await clock.advance(100);
    expect(moved.splice(0)).toEqual([['planning3', 1, 900]]);
    await clock.advance(300);
    enter('ux');
    expect(moved.splice(0)).toEqual([['ux4', 1, 600]]);
    await clock.advance(100);
    expect(moved.splice(0)).toEqual([['planning3', 2, 1_500]]);
    scheduler.leave(second);
    scheduler.close();
  });

  it('many changes of a moment are told once', async () => {
    const { moved, enter, scheduler, clock } = build();
    enter('planning');
    const left = Array.from({ length: 8 }, () => enter('planning'));
    enter('planning');
    moved.splice(0);
    for (const ticket of left) scheduler.leave(ticket);
    await clock.advance(200);
    expect(moved).toEqual([['planning10', 1, null]]);
    scheduler.close();
  });

  it('the first ten are told each change, those behind each tenth place', async () => {
    const { moved, enter, scheduler, clock } = build();
    const first = enter('planning');
    for (let count = 0; count < 25; count += 1) enter('planning');
    await clock.advance(200);
    moved.splice(0);
    scheduler.release(first);
    await clock.advance(200);
    expect(moved.map(([, position]) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20]);
    scheduler.close();
  });

  it('the time follows from the tokens of the running call and the learnt speed', () => {
    const { moved, enter, facts } = build();
    facts.a = { prefillRate: 100, decodeRate: 10 };
    const running = enter('planning', { limitTokens: 200 });
    running.writtenTokens = 150;
    enter('planning', { promptTokens: 300, limitTokens: 50 });
    enter('ux', { limitTokens: 50 });
    expect(moved).toEqual([
      ['planning2', 1, 5_000],
      ['ux3', 1, 5_000],
    ]);
    enter('planning');
    expect(moved.at(-1)).toEqual(['planning4', 3, 5_000 + 3_000 + 5_000 + 1_000 + 5_000]);
  });

  it('a new pause is told to those who wait', async () => {
    const { moved, enter, scheduler, facts, clock } = build();
    facts.a = { decodeRate: 10 };
    enter('planning');
    enter('planning');
    await clock.advance(200);
    moved.splice(0);
    facts.a = { decodeRate: 10, pausedMs: 60_000 };
    scheduler.paused();
    await clock.advance(100);
    expect(moved).toEqual([['planning2', 1, 60_000]]);
    scheduler.close();
  });

  it('a call that would come now can ask for its time', () => {
    const { enter, scheduler, facts } = build();
    expect(scheduler.etaMs('a', 'planning')).toBe(0);
    facts.a = { prefillRate: 1_000, decodeRate: 10 };
    enter('planning', { limitTokens: 100 }).writtenTokens = 50;
    enter('planning', { limitTokens: 100 });
    expect(scheduler.etaMs('a', 'ux')).toBe(5_000);
    expect(scheduler.etaMs('a', 'planning')).toBe(15_100);
  });
});

describe('whatever comes', () => {
  const step = fc.record({
    action: fc.constantFrom('enter', 'enter', 'front', 'release', 'leave', 'wait'),
    lane: fc.constantFrom<Lane>('ux', 'planning', 'background'),
    slot: fc.constantFrom('a', 'b'),
    pick: fc.nat(50),
  });

  it('MODEL-POOL-6: a ux call is never behind a young planning call, no slot is granted twice, and the log replays', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { scheduler, enter, granted, decisions, clock } = build();
        const waiting = new Set<LaneTicket>();
        const running = new Set<LaneTicket>();
        let seen = 0;
        const settle = () => {
          for (; seen < granted.length; seen += 1) {
            const ticket = granted[seen] as LaneTicket;
            const { entry } = ticket;
            waiting.delete(ticket);
            running.add(ticket);
            const isOld = clock.now() - entry.enteredMs > agingMs[entry.lane];
            const talks = [...waiting].filter(({ entry: { lane, slot } }) => lane === 'ux' && slot === entry.slot);
            if (entry.lane !== 'ux' && !isOld) expect(talks).toEqual([]);
          }
          for (const name of ['a', 'b'])
            expect([...running].filter(({ entry }) => entry.slot === name).length).toBeLessThanOrEqual(1);
          for (const lane of lanes) {
            const count = (tickets: Set<LaneTicket>) => [...tickets].filter(({ entry }) => entry.lane === lane).length;
            expect(scheduler.count(lane)).toEqual({ waiting: count(waiting), running: count(running) });
          }
        };
        for (const { action, lane, slot, pick } of steps) {
          const from = [...(action === 'release' ? running : waiting)];
          const ticket = from[pick % Math.max(1, from.length)];
          if (action === 'wait') await clock.advance(pick * 1_000);
          else if (action === 'enter' || action === 'front') {
            const count = scheduler.count(lane).waiting;
            if (count >= laneLimits[lane]) expect(() => enter(lane, { slot }), 'a full lane').toThrow();
            else {
              const entered = enter(lane, { slot }, action === 'front');
              if (entered.state === 'waiting') waiting.add(entered);
            }
          } else if (ticket !== undefined && action === 'release') {
            running.delete(ticket);
            scheduler.release(ticket);
          } else if (ticket !== undefined) {
            waiting.delete(ticket);
            scheduler.leave(ticket);
          }
          settle();
        }
        scheduler.close();
        expect(replayLog(decisions)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('nobody starves: under a ux lane that is never empty, old calls of the other lanes take their turns', async () => {
    const { scheduler, enter, granted, clock } = build();
    const random = seededRandom(7);
    const waits: Record<Lane, number> = { ux: 0, planning: 0, background: 0 };
    let running = enter('ux');
    let seen = 1;
    enter('background');
    for (let turn = 0; turn < 2_000; turn += 1) {
      while (scheduler.count('ux').waiting < 2) enter('ux');
      if (scheduler.count('planning').waiting < 5) enter('planning');
      if (scheduler.count('background').waiting === 0) enter('background');
      await clock.advance(500 + Math.floor(random() * 2_000));
      scheduler.release(running);
      running = granted[seen] as LaneTicket;
      seen += 1;
      const { lane, enteredMs } = running.entry;
      waits[lane] = Math.max(waits[lane], clock.now() - enteredMs);
    }
    scheduler.close();
    const share = (lane: Lane) => granted.filter(({ entry }) => entry.lane === lane).length / granted.length;
    expect(share('ux')).toBeGreaterThan(0.6);
    expect(share('planning')).toBeGreaterThan(0.2);
    // Five wait, each third turn of at most 2.5 s is theirs, and they grow old first.
    expect(waits.planning).toBeLessThan(agingMs.planning + 6 * 3 * 2_500);
    expect(waits.background).toBeLessThan(agingMs.background + 4 * 2_500);
    expect(waits.ux).toBeLessThan(5 * 2_500);
  });
});
