import { describe, expect, it } from 'vitest';
import type { LlamaSequence } from '../../../src/runner/child/llama.js';
import { createPrefill, type PrefillOptions } from '../../../src/runner/child/prefill.js';
import { chooseSliceTokens } from '../../../src/runner/child/slices.js';
import { createTurns } from '../../../src/runner/child/turns.js';

/** A sequence that holds tokens already, and notes what it evaluates. */
function sequenceOf(held: number) {
  const slices: number[] = [];
  let nextTokenIndex = held;
  const sequence = {
    get nextTokenIndex() {
      return nextTokenIndex;
    },
    adaptStateToTokens: async () => {},
    async evaluateWithoutGeneratingNewTokens(tokens: number[]) {
      slices.push(tokens.length);
      nextTokenIndex += tokens.length;
    },
  } as unknown as LlamaSequence;
  return { sequence, slices };
}
const tokens = Array.from({ length: 1_000 }, (_, at) => at);
const alone = { mayRead: async () => {}, isBesideUrgent: () => false };
const options = (changes: Partial<PrefillOptions> = {}): PrefillOptions => ({
  ...{ signal: new AbortController().signal, turn: alone, evaluationPriority: 3, onSlice() {}, ...changes },
});
/** Each slice takes 100 ms. */
const clock = () => {
  let now = 0;
  return () => {
    now += 100;
    return now;
  };
};

describe('prefill', () => {
  const later = { remainingTokens: 10_000, isFirst: false };
  const first = { remainingTokens: 10_000, isFirst: true };

  it.each([
    [null, null, 16],
    [null, 0.001, 16],
    [null, 0.1, 20],
    [null, 0.159, 31], // a tile would take more than 400 ms
    [null, 0.16, 64], // tried
    [null, 99, 64],
    [99, null, 512],
    [0.1, null, 16], // half the rate of tiles
    [0.2, 0.15, 30],
    [0.23, 0.239, 47],
    [0.23, 0.24, 64], // no part is quicker than a tile
    [0.23, 0.9, 64],
  ])('aims at a fifth of a second a slice: tiles at %j and parts at %j tokens a ms', (tiled, parts, tokensOfSlice) => {
    expect(chooseSliceTokens({ tiled, parts }, later)).toBe(tokensOfSlice);
  });

  it('takes whole tiles of the attention, also where one takes somewhat longer', () => {
    const of = (tiled: number) => chooseSliceTokens({ tiled, parts: 0.1 }, later);
    expect([0.23, 0.24, 0.32, 0.63, 0.64, 1].map(of)).toEqual([20, 64, 64, 64, 128, 192]);
  });

  it('begins a prompt with one tile at most, and tries one again that was somewhat too long', () => {
    const of = (tiled: number) => chooseSliceTokens({ tiled, parts: 0.1 }, first);
    expect([0.15, 0.16, 0.3, 5].map(of)).toEqual([20, 64, 64, 64]);
  });

  it('ends a prompt with what parts of a tile take', () => {
    const of = (remainingTokens: number) =>
      chooseSliceTokens({ tiled: 0.5, parts: 0.25 }, { remainingTokens, isFirst: false });
    expect([64, 63, 50, 49, 3].map(of)).toEqual([64, 50, 50, 49, 3]);
  });

  it.each([0.12, 0.2, 0.239, 0.24, 0.3, 0.5, 1, 2, 2.5])(
    'has no slice that takes longer than 270 ms at %d tokens a ms, once that is known',
    (tiled) => {
      const sliceTokens = chooseSliceTokens({ tiled, parts: tiled / 2 }, later);
      expect(sliceTokens / (sliceTokens < 64 ? tiled / 2 : tiled)).toBeLessThan(270);
    },
  );

  it('finds out that tiles are quick where parts of one are slow', async () => {
    let now = 0;
    const sequence = sequenceOf(0);
    const { evaluateWithoutGeneratingNewTokens: evaluate } = sequence.sequence;
    const timed = {
      ...{ nextTokenIndex: 0, adaptStateToTokens: async () => {} },
      async evaluateWithoutGeneratingNewTokens(slice: number[]) {
        now += slice.length / (slice.length < 64 ? 0.16 : 0.32);
        await evaluate.call(sequence.sequence, slice, { evaluationPriority: 3 });
      },
    } as unknown as LlamaSequence;
    await createPrefill(() => now).run(timed, tokens, options());
    expect(sequence.slices.slice(0, 4)).toEqual([16, 64, 64, 64]);
  });

  it('evaluates what is missing but the last token, in slices of the measured rate', async () => {
    const { sequence, slices } = sequenceOf(40);
    const seen: number[] = [];
    const cached = await createPrefill(clock()).run(sequence, tokens, options({ onSlice: (done) => seen.push(done) }));
    expect(cached).toBe(40);
    expect(slices.reduce((sum, slice) => sum + slice, 0)).toBe(959);
    expect(slices.slice(0, 3)).toEqual([16, 64, 128]); // 16 tokens took 100 ms, and so did a tile
    expect(seen.at(-1)).toBe(999);
  });

  it('takes shorter slices at once when it gets slower, and longer ones by and by', async () => {
    const { sequence, slices } = sequenceOf(0);
    const tookMs = [20, 400, 50, 50, 50, 50, 50, 50];
    let now = 0;
    let reads = 0;
    const next = () => {
      if (reads++ % 2 === 1) now += tookMs[(reads - 2) / 2] ?? 100;
      return now;
    };
    await createPrefill(next).run(sequence, tokens, options());
    expect(slices.slice(0, 5)).toEqual([16, 64, 64, 128, 320]);
  });

  it('evaluates nothing when all is there, and counts the last token as new', async () => {
    const { sequence, slices } = sequenceOf(1_000);
    expect(await createPrefill(clock()).run(sequence, tokens, options())).toBe(999);
    expect(slices).toEqual([]);
  });

  it('stops behind the running slice', async () => {
    const stopped = new AbortController();
    const { sequence, slices } = sequenceOf(0);
    const running = createPrefill(clock()).run(
      sequence,
      tokens,
      options({ signal: stopped.signal, onSlice: () => stopped.abort() }),
    );
    await expect(running).rejects.toThrow();
    expect(slices).toEqual([16]);
  });

  it('begins each prompt with one tile at most: its tokens may stand far behind those of the last prompt', async () => {
    let now = 0;
    const fast = createPrefill(() => (now += 1));
    await fast.run(sequenceOf(0).sequence, tokens, options());
    const { sequence, slices } = sequenceOf(500);
    await fast.run(sequence, tokens, options());
    expect(slices.slice(0, 2)).toEqual([64, 435]);
  });

  it('learns nothing from a slice that is shorter than all others', async () => {
    let now = 0;
    const prefill = createPrefill(() => (now += 40));
    await prefill.run(sequenceOf(0).sequence, tokens.slice(0, 65), options()); // 16 tokens in 40 ms
    await prefill.run(sequenceOf(60).sequence, tokens.slice(0, 64), options()); // 3 tokens
    const { sequence, slices } = sequenceOf(0);
    await prefill.run(sequence, tokens, options());
    expect(slices[0]).toBe(64);
  });

  it('takes the shortest slices beside a more urgent call that writes', async () => {
    const { sequence, slices } = sequenceOf(900);
    await createPrefill(clock()).run(sequence, tokens, options({ turn: { ...alone, isBesideUrgent: () => true } }));
    expect(slices).toEqual([16, 16, 16, 16, 16, 16, 3]);
  });
});

describe('turns', () => {
  const never = new AbortController().signal;
  /** Whether a promise is settled by the next turn of the event loop. */
  const isOpen = async (promise: Promise<void>) =>
    Promise.race([promise.then(() => false), new Promise<boolean>((resolve) => setImmediate(() => resolve(true)))]);

  it('make a call wait while a more urgent one reads, not while an equal one does', async () => {
    const turns = createTurns();
    const [low, equal, high] = [turns.begin(3), turns.begin(3), turns.begin(8)];
    const waiting = low.mayRead(never);
    expect(await isOpen(waiting)).toBe(true);
    expect(await isOpen(high.mayRead(never))).toBe(false);
    high.beginWriting();
    expect(await isOpen(waiting)).toBe(false);
    expect([low, equal, high].map((turn) => turn.isBesideUrgent())).toEqual([true, true, false]);
    high.end();
    expect(low.isBesideUrgent()).toBe(false);
  });

  it('end the wait when the call is aborted, or the urgent one is', async () => {
    const turns = createTurns();
    const [low, high] = [turns.begin(0), turns.begin(9)];
    const left = new AbortController();
    const waiting = low.mayRead(left.signal);
    left.abort();
    await waiting;
    const again = low.mayRead(never);
    high.end();
    await again;
    expect(low.isBesideUrgent()).toBe(false);
  });
});
