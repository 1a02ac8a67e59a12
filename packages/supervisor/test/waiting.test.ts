import { expect, it } from 'vitest';
import { createWaiting, withSignal } from '../src/waiting.js';

it('resolves at once, or at the first change that gives a value', async () => {
  const waiting = createWaiting();
  let value: number | undefined = 1;
  expect(await waiting.until(() => value)).toBe(1);
  value = undefined;
  const later = waiting.until(() => value);
  waiting.notify();
  value = 2;
  waiting.notify();
  value = 3;
  expect(await later).toBe(2);
});

it('rejects with what the condition throws, or with the reason of the signal', async () => {
  const waiting = createWaiting();
  const failing = waiting.until(() => {
    throw new Error('of the condition');
  });
  await expect(failing).rejects.toThrow('of the condition');
  const abort = new AbortController();
  const waited = waiting.until(() => undefined, abort.signal);
  abort.abort(new Error('enough'));
  await expect(waited).rejects.toThrow('enough');
  await expect(waiting.until(() => 1, abort.signal)).rejects.toThrow('enough');
});

it('leaves a promise alone without a signal, and races it with one', async () => {
  const never = new Promise<never>(() => {});
  await expect(withSignal(never, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  await expect(withSignal(Promise.resolve(1), new AbortController().signal)).resolves.toBe(1);
  await expect(withSignal(Promise.resolve(1), undefined)).resolves.toBe(1);
});
