import { expect, it } from 'vitest';
import { fakeModel, manualClock } from '../src/testing/index.js';

it('a fake model counts, refuses what is over its window, or cuts it silently', async () => {
  const prompt = [{ role: 'user', content: 'five words and one sign!' }] as const;
  const model = fakeModel({ contextTokens: 20 });
  expect(await model.countTokens({ model: 'fake', messages: prompt }, {})).toBe(13);
  expect(model.call(prompt)).toEqual({ promptTokens: 13, isRefused: false });
  expect(model.call(prompt, 8)).toEqual({ promptTokens: 13, isRefused: true });
  expect(fakeModel({ contextTokens: 10, cutsSilently: true }).call(prompt)).toEqual({
    promptTokens: 5,
    isRefused: false,
  });
  const { signal } = new AbortController();
  const input = { purpose: 'summary', messages: prompt, maxTokens: 3 } as const;
  expect(await model.generate(input, { signal })).toEqual({ text: prompt[0].content, complete: false });
  expect(model.writtenCount).toBe(1);
});

it('a manual clock fires timers in order and forgets those that were taken back', async () => {
  const clock = manualClock(0);
  const fired: string[] = [];
  clock.after(20, () => fired.push(`b ${clock.now()}`));
  clock.after(10, () => fired.push(`a ${clock.now()}`));
  clock.after(15, () => fired.push('never'))();
  await clock.advance(30);
  expect([fired, clock.now()]).toEqual([['a 10', 'b 20'], 30]);
});
