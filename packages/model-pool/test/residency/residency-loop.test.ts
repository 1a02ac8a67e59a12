import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { ResidencyLoop } from '../../src/residency/residency-loop.js';

function open() {
  const manual = manualClock();
  const clock = { ...manual, monotonicMs: manual.now };
  const state = { isBusy: false, isCalm: true, looks: [] as number[], rounds: 0, hold: null as Promise<void> | null };
  const signals: AbortSignal[] = [];
  const loop = new ResidencyLoop({
    look: async (signal) => {
      state.looks.push(manual.now());
      signals.push(signal);
      await state.hold;
      return state.isCalm;
    },
    onRound: () => {
      state.rounds += 1;
    },
    isBusy: () => state.isBusy,
    busyMs: 2_000,
    idleMs: 10_000,
    clock,
  });
  const startMs = manual.now();
  return { loop, manual, state, signals, atMs: () => state.looks.map((ms) => ms - startMs) };
}

describe('the loop', () => {
  it('looks each 10 s while all is well, each 2 s while there is work or something is wrong', async () => {
    const { loop, manual, state, atMs } = open();
    await loop.start();
    await manual.advance(10_000);
    state.isBusy = true;
    await manual.advance(10_000);
    await manual.advance(4_000);
    state.isBusy = false;
    state.isCalm = false;
    await manual.advance(2_000);
    await manual.advance(2_000);
    expect(atMs()).toEqual([0, 10_000, 20_000, 22_000, 24_000, 26_000, 28_000]);
    expect(state.rounds).toBe(7);
    await loop.close();
  });

  it('looks at once when it is woken, and once more when that happens during a look', async () => {
    const { loop, manual, state, atMs } = open();
    await loop.start();
    await manual.advance(1_000);
    let release = () => {};
    state.hold = new Promise((resolve) => {
      release = resolve;
    });
    loop.wake();
    loop.wake();
    loop.wake();
    await manual.advance(1);
    expect(atMs()).toEqual([0, 1_000]);
    state.hold = null;
    release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(atMs()).toEqual([0, 1_000, 1_001]);
    await loop.close();
  });

  it('does nothing before its start and after its end, and ends what it waits for', async () => {
    const { loop, manual, signals, atMs } = open();
    loop.wake();
    await manual.advance(60_000);
    expect(loop.isStarted).toBe(false);
    await loop.start();
    await loop.close();
    await loop.close();
    loop.wake();
    await manual.advance(60_000);
    expect(atMs()).toEqual([60_000]);
    expect(signals[0]?.aborted).toBe(true);
  });
});
