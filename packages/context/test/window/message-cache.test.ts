import { describe, expect, it } from 'vitest';
import { createMessageCache } from '../../src/window/message-cache.js';
import { openWindows } from '../support/open-windows.js';
import { message } from './simulation.js';

const entry = (seq: number, tokens: number, crc = 1) => ({
  crc,
  message: message(seq, 'user', tokens),
  createdAtMs: seq,
  isExact: false,
});

describe('a cache of messages', () => {
  it('knows a message as long as its row is the same, for each tokenizer apart', () => {
    const cache = createMessageCache();
    cache.put('a', 1, entry(1, 10));
    expect(cache.get('a', 1, 1)?.createdAtMs).toBe(1);
    expect(cache.get('a', 1, 2)).toBeNull();
    expect(cache.get('b', 1, 1)).toBeNull();
    cache.put('a', 1, entry(2, 10, 2));
    expect(cache.get('a', 1, 2)?.createdAtMs).toBe(2);
  });

  it('holds no more than its characters, the newest ones', () => {
    const cache = createMessageCache(100);
    for (let num = 1; num <= 5; num++) cache.put('a', num, entry(num, 10));
    expect([1, 2, 3, 4, 5].filter((num) => cache.get('a', num, 1))).toEqual([4, 5]);
    cache.put('a', 6, entry(6, 1_000));
    expect([4, 5, 6].filter((num) => cache.get('a', num, 1))).toEqual([6]);
  });
});

/** How many messages each read of texts gets from now on. */
function watchReads(opened: Awaited<ReturnType<typeof openWindows>>): number[] {
  const read: number[] = [];
  const original = opened.parts.store.read.bind(opened.parts.store);
  opened.parts.store.read = (run, options) =>
    original(
      (queries) =>
        run({
          ...queries,
          messages: {
            ...queries.messages,
            byNum: (nums) => {
              read.push(nums.length);
              return queries.messages.byNum(nums);
            },
          },
        }),
      options,
    );
  return read;
}

it('a fit counts and reads only what is new', async () => {
  await using opened = await openWindows();
  for (let turn = 0; turn < 5; turn++) await opened.append('user', `Question ${turn}?`);
  await opened.fit();
  const read = watchReads(opened);
  await opened.append('user', 'More?');
  const { messages } = await opened.fit();
  expect(messages.at(-1)!.content).toContain('More?');
  expect(read).toEqual([1]);
});

it('texts that were dropped are read again, and the window stays the same', async () => {
  await using opened = await openWindows();
  for (let turn = 0; turn < 5; turn++) await opened.append('user', `Question ${turn}?`);
  const first = await opened.fit();
  const read = watchReads(opened);
  opened.windows.dropTexts();
  expect((await opened.fit()).messages).toEqual(first.messages);
  expect(read).toEqual([5]);
});

it('a cache that is cleared holds nothing and takes as much as before', () => {
  const cache = createMessageCache(100);
  for (let num = 1; num <= 2; num++) cache.put('a', num, entry(num, 10));
  cache.clear();
  expect([1, 2].filter((num) => cache.get('a', num, 1))).toEqual([]);
  for (let num = 3; num <= 4; num++) cache.put('a', num, entry(num, 10));
  expect([3, 4].filter((num) => cache.get('a', num, 1))).toEqual([3, 4]);
});
