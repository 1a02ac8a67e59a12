import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { startDeadline, startTicker } from '../src/clock.js';
import type { Clock } from '../src/types.js';

/** A clock that can sleep: time passes, timers fire late. */
function sleepyClock(): {
  clock: Pick<Clock, 'now' | 'after'>;
  advance(ms: number): Promise<void>;
  sleep(ms: number): void;
} {
  const manual = manualClock();
  let asleepMs = 0;
  return {
    clock: { now: () => manual.now() + asleepMs, after: manual.after },
    advance: manual.advance,
    sleep(ms) {
      asleepMs += ms;
    },
  };
}

describe('a deadline', () => {
  it('fires when it is due', async () => {
    const { clock, advance } = sleepyClock();
    let fired = 0;
    startDeadline(clock, 5_000, () => fired++);
    await advance(4_999);
    expect(fired).toBe(0);
    await advance(1);
    expect(fired).toBe(1);
  });

  it('is renewed when the machine slept over it', async () => {
    const { clock, advance, sleep } = sleepyClock();
    let fired = 0;
    startDeadline(clock, 5_000, () => fired++);
    await advance(4_000);
    sleep(3_600_000);
    await advance(1_000);
    expect(fired).toBe(0);
    await advance(5_000);
    expect(fired).toBe(1);
  });

  it('does not fire once it is taken back, renewed or not', async () => {
    const { clock, advance, sleep } = sleepyClock();
    let fired = 0;
    const cancelFirst = startDeadline(clock, 5_000, () => fired++);
    cancelFirst();
    const cancelSecond = startDeadline(clock, 5_000, () => fired++);
    sleep(60_000);
    await advance(5_000);
    cancelSecond();
    await advance(60_000);
    expect(fired).toBe(0);
  });
});

describe('the ticker', () => {
  it('ticks each second and says when it is late itself', async () => {
    const { clock, advance, sleep } = sleepyClock();
    const ticks: boolean[] = [];
    const end = startTicker(clock, (late) => ticks.push(late));
    await advance(2_000);
    sleep(60_000);
    await advance(2_000);
    end();
    await advance(5_000);
    expect(ticks).toEqual([false, false, true, false]);
  });

  it('can be ended by its own tick', async () => {
    const { clock, advance } = sleepyClock();
    let ticks = 0;
    const end = startTicker(clock, () => {
      ticks++;
      end();
    });
    await advance(5_000);
    expect(ticks).toBe(1);
  });
});
