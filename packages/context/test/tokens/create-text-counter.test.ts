import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextCounter } from '../../src/tokens/create-text-counter.js';
import { loadO200k } from '../../src/tokens/load-o200k.js';

const plain = await loadO200k();
const counter = createTextCounter(plain);

function run<Value>(steps: Generator<void, Value>): { value: Value; steps: number } {
  for (let count = 0; ; count++) {
    const step = steps.next();
    if (step.done) return { value: step.value, steps: count };
  }
}
const count = (text: string) => run(counter.count(text)).value;
const ends = (text: string, head: number, tail: number) => run(counter.ends(text, head, tail)).value;
const prose = 'The quick brown fox jumps over the lazy dog, and then it sleeps until noon.\n';

describe('a count', () => {
  it.each([
    ['', 0],
    ['hello world', 2],
    ['1', 1],
    ['12', 2],
    ['123', 3],
    ['1234567', 7],
    ['a 12 b 345', 6 + 1 + 2],
    ['<|endoftext|>', plain('<|endoftext|>')],
  ])('of %j is %i: digits count singly, special tokens are text', (text, tokens) => {
    expect(count(text)).toBe(tokens);
  });

  it('of a text in slices is that of the whole text, to one part in 250', () => {
    const text = prose.repeat(2_000);
    expect(Math.abs(count(text) - plain(text)) / plain(text)).toBeLessThan(0.004);
    expect(run(counter.count(text)).steps).toBeGreaterThan(30);
  });

  it.each([
    ['letters', 'a'.repeat(20_000)],
    ['signs', '=-'.repeat(10_000)],
    ['spaces', ' '.repeat(20_000)],
    ['marks', `e${'\u0301'.repeat(3_000)}`],
    ['letters without spaces', '漢字'.repeat(3_000)],
    ['pairs', '👩‍👩‍👧'.repeat(300)],
  ])('of a long run of %s takes no time that grows with its square', (_, text) => {
    const from = performance.now();
    const tokens = count(text);
    expect(tokens).toBeGreaterThan(0);
    expect(performance.now() - from).toBeLessThan(10_000); // 2 s for 20,000 letters in one piece, 20 s for 64,000.
  });

  it('takes lone surrogates', () => {
    expect(count(`a\ud800b${'\udc00'.repeat(300)}`)).toBeGreaterThan(0);
  });
});

describe('ends', () => {
  it('stay within their tokens and say how many they have', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.constant(prose),
            fc.string({ unit: 'grapheme' }),
            fc.constant('x'.repeat(700)),
            fc.constant('12345 '),
          ),
          {
            maxLength: 60,
          },
        ),
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 0, max: 400 }),
        (parts, head, tail) => {
          const text = parts.join('');
          const found = ends(text, head, tail);
          expect(found.headCharacters + found.tailCharacters).toBeLessThanOrEqual(text.length);
          expect(found.tokens).toBeLessThanOrEqual(head + tail);
          const kept = text.slice(0, found.headCharacters);
          expect(plain(kept)).toBeLessThanOrEqual(head + 2);
          if (found.headCharacters + found.tailCharacters < text.length) {
            expect(count(text)).toBeGreaterThan(found.tokens);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('take the whole text where it fits', () => {
    expect(ends('hello world', 10, 10)).toEqual({ headCharacters: 11, tailCharacters: 0, tokens: 2 });
  });

  it('take nearly all that they may', () => {
    const found = ends(prose.repeat(500), 1_000, 300);
    expect(found.tokens).toBeGreaterThan(1_290);
    expect(found.headCharacters).toBeGreaterThan(3 * found.tailCharacters);
  });

  it('split no pair', () => {
    const text = '😀'.repeat(3_000);
    for (let head = 1; head < 40; head++) {
      const { headCharacters, tailCharacters } = ends(text, head, head);
      expect([headCharacters % 2, tailCharacters % 2]).toEqual([0, 0]);
    }
  });
});
