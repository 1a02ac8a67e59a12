import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOffMs } from '../../src/schedule/back-off.js';
import { createCallQueue } from '../../src/schedule/call-queue.js';
import { chooseEviction } from '../../src/schedule/eviction.js';

describe('queue of calls', () => {
  it('gives the most urgent first, of equals the oldest', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 50 }), (priorities) => {
        const queue = createCallQueue<{ priority: number; at: number }>(100);
        for (const [at, priority] of priorities.entries()) queue.push({ priority, at }, priority);
        const taken = priorities.map(() => {
          const first = queue.first();
          expect(queue.take()).toBe(first);
          return first!;
        });
        const expected = [...taken].sort((a, b) => b.priority - a.priority || a.at - b.at);
        expect(taken).toEqual(expected);
        expect(queue.take()).toBeUndefined();
      }),
    );
  });

  it('refuses more than it may hold, and lets go of what gives up', () => {
    const queue = createCallQueue<string>(2);
    expect([queue.push('a', 5), queue.push('b', 5), queue.push('c', 9)]).toEqual([true, true, false]);
    queue.remove('a');
    queue.remove('unknown');
    expect([queue.length, queue.take(), queue.length]).toEqual([1, 'b', 0]);
  });
});

describe('eviction', () => {
  const forever = Number.POSITIVE_INFINITY;
  const model = (name: string, keepAliveMs: number, lastUsedAtMs: number) => ({ name, keepAliveMs, lastUsedAtMs });

  it('takes the model with the shortest stay, of equals the longest unused', () => {
    expect(chooseEviction([model('a', 300, 1), model('b', 60, 9), model('c', 60, 5)], 300)).toBe('c');
  });

  it('spares a model that stays for ever, but not from one that does so too', () => {
    expect(chooseEviction([model('a', forever, 1)], 300)).toBeNull();
    expect(chooseEviction([model('a', forever, 1)], forever)).toBe('a');
    expect(chooseEviction([model('a', forever, 1), model('b', 300, 9)], forever)).toBe('b');
    expect(chooseEviction([], 300)).toBeNull();
  });
});

describe('back-off', () => {
  it('is 0, then doubles from 1 s to 60 s', () => {
    expect([0, 1, 2, 3, 4, 8, 99].map(backOffMs)).toEqual([0, 0, 1_000, 2_000, 4_000, 60_000, 60_000]);
  });
});
