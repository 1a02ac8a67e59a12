import { manualClock } from '@tale/test-kit';
import { afterAll, describe, expect, it } from 'vitest';
import { createTokenCounter } from '../../src/tokens/create-token-counter.js';
import { o200kFile } from '../../src/tokens/load-o200k.js';

const clock = manualClock();
const beside = createTokenCounter({ clock });
const here = createTokenCounter({ clock, file: null });
afterAll(async () => {
  await beside.close();
  await here.close();
});

const prose = 'Version 4.17.21 of the package was published on 2024-05-03 by 12 people. ';

describe.each([
  ['a thread', beside],
  ['this thread', here],
])('a counter on %s', (_, counter) => {
  it('counts texts and finds ends', async () => {
    expect(await counter.count(['', 'hello world', '1234'])).toEqual([0, 2, 4]);
    expect(await counter.count([])).toEqual([]);
    expect(await counter.ends('hello world', 1, 0)).toEqual({ headCharacters: 5, tailCharacters: 0, tokens: 1 });
  });

  it('rejects with the reason of its signal', async () => {
    await expect(counter.count(['a'], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    const late = new AbortController();
    const counting = counter.count([prose.repeat(20_000)], { signal: late.signal });
    setImmediate(() => late.abort(new Error('late')));
    await expect(counting).rejects.toThrow('late');
  });
});

it('both ways count alike', async () => {
  const texts = [prose.repeat(300), 'é ü 漢字 👩‍👩‍👧', 'a'.repeat(2_000), JSON.stringify({ a: [1, 22, 333] })];
  expect(await beside.count(texts)).toEqual(await here.count(texts));
  expect(await beside.ends(texts[0]!, 60, 60)).toEqual(await here.ends(texts[0]!, 60, 60));
});

it('the event loop turns on while a million characters are counted', async () => {
  await beside.count(['warm']);
  let turns = 0;
  const turning = setInterval(() => {
    turns += 1;
  }, 5);
  const [tokens] = await beside.count([prose.repeat(14_000)]);
  clearInterval(turning);
  expect(tokens).toBeGreaterThan(200_000);
  expect(turns).toBeGreaterThan(3);
});

it('a thread that dies is made up for on this one', async () => {
  const counter = createTokenCounter({ clock, file: '/nowhere/tokenizer.js' });
  expect(await counter.count(['hello world'])).toEqual([2]);
  expect(await counter.count(['hello'])).toEqual([1]);
  await counter.close();
});

it('after a long pause it counts as before', async () => {
  const counter = createTokenCounter({ clock, file: o200kFile() });
  expect(await counter.count(['hello'])).toEqual([1]);
  await clock.advance(120_000);
  expect(await counter.count(['hello world'])).toEqual([2]);
  await counter.close();
});

it('closed it rejects, also what is under way; closing twice is once', async () => {
  const counter = createTokenCounter({ clock });
  const counting = counter.count([prose.repeat(10_000)]);
  const rejected = expect(counting).rejects.toMatchObject({ code: 'closed' });
  await counter.close();
  await counter.close();
  await rejected;
  await expect(counter.count(['a'])).rejects.toMatchObject({ code: 'closed' });
});
