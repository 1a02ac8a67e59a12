import { describe, expect, it } from 'vitest';
import { type GovernorState, governThreads, startGovernor, type ThreadSample } from '../../src/threads/governor.js';

/** A window of eight tokens: tokens per second, CPU per token in ms, share of the machine that is ours or idle. */
type Window = readonly [tokensPerSecond: number, cpuMsPerToken: number, freeShare: number];

/** Plays windows; each ends when its eight tokens are written. */
function play(windows: readonly Window[], most: number, begin?: { state: GovernorState; atMs: number }) {
  let state = begin?.state ?? startGovernor(0);
  let atMs = begin?.atMs ?? 0;
  const threads: number[] = [];
  for (const [tokensPerSecond, cpuMsPerToken, freeShare] of windows) {
    const wallMs = 8_000 / tokensPerSecond;
    atMs += wallMs;
    const sample: ThreadSample = { atMs, tokens: 8, wallMs, cpuMs: 8 * cpuMsPerToken, freeShare };
    state = governThreads(state, sample, most);
    threads.push(state.threads);
  }
  return { threads, state, atMs };
}

const alone: Window = [15.4, 78, 0.95];

describe('governor', () => {
  it('measures with one thread, then takes what the rule grants', () => {
    expect(startGovernor(0)).toMatchObject({ threads: 1, alone: null });
    const { threads, state } = play([alone], 7);
    expect(threads).toEqual([7]);
    expect(state.alone).toEqual({ cpuMsPerToken: 78, tokensPerMs: expect.closeTo(0.0154) });
  });

  it('stays as it is while the threads are worth it: 2 on an idle machine of 2 cores', () => {
    expect(play([alone, [24.2, 108, 0.9], [26.3, 108, 0.9], [25, 110, 0.9]], 2).threads).toEqual([2, 2, 2, 2]);
  });

  it('halves them when other work wakes up: 2 threads at 2.9 tokens per second and 324 ms each', () => {
    expect(play([alone, [25, 108, 0.9], [2.9, 324, 0.1], [6.4, 83, 0.1]], 2).threads).toEqual([2, 2, 1, 1]);
  });

  it('comes down from many threads in a few windows: 7 that spin on 8 busy cores', () => {
    const spinning: Window = [0.8, 1_500, 0.2];
    expect(play([alone, spinning, spinning, spinning], 7).threads).toEqual([7, 3, 1, 1]);
  });

  it('halves them for one sign of two: more than twice the CPU, or fewer tokens than one thread', () => {
    expect(play([alone, [30, 157, 0.9]], 4).threads.at(-1)).toBe(2);
    expect(play([alone, [30, 156, 0.9]], 4).threads.at(-1)).toBe(4);
    expect(play([alone, [15, 80, 0.9]], 4).threads.at(-1)).toBe(2);
  });

  it('tries one more once a minute, only while the machine is calm', () => {
    const low = play([alone, [2.9, 324, 0.1]], 4);
    expect(low.threads.at(-1)).toBe(2);
    const busy = Array<Window>(30).fill([20, 100, 0.5]); // 12 s
    const calm = Array<Window>(400).fill([20, 100, 0.85]); // 160 s
    const after = play([...busy, ...calm], 4, low);
    expect(after.threads.slice(0, 30)).toEqual(Array(30).fill(2));
    expect(after.threads.filter((threads) => threads === 2).length).toBe(149); // the first minute: 150 windows of 0.4 s
    expect(after.threads.filter((threads) => threads === 3).length).toBe(150);
    expect(after.threads.at(-1)).toBe(4);
  });

  it('never goes beyond what is granted, and one thread stays one', () => {
    const granted = play(Array<Window>(500).fill([20, 90, 1]), 2).threads;
    expect(Math.max(...granted)).toBe(2);
    expect(play([alone, [1, 900, 0], [1, 900, 0]], 1).threads).toEqual([1, 1, 1]);
    expect(
      governThreads(
        { threads: 6, alone: { cpuMsPerToken: 78, tokensPerMs: 0.01 }, changedAtMs: 0 },
        {
          ...{ atMs: 1, tokens: 8, wallMs: 400, cpuMs: 8 * 100, freeShare: 1 },
        },
        3,
      ),
    ).toMatchObject({ threads: 6 }); // what is granted for now caps it elsewhere
  });
});
