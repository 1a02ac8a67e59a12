import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { limitTime } from '../../src/waiting/limit-time.js';

const manual = manualClock();
const clock = { ...manual, monotonicMs: manual.now };
const never = new AbortController().signal;
const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

describe('limitTime', () => {
  it('gives what was done in time', async () => {
    expect(await limitTime(clock, 10, new Error('late'), never, async () => 7)).toBe(7);
  });
  it('ends what takes too long with the given error', async () => {
    const done = limitTime(clock, 10, new Error('late'), never, untilAborted).catch((error: unknown) => error);
    await manual.advance(10);
    expect(await done).toMatchObject({ message: 'late' });
  });
  it('ends with the signal, for its reason', async () => {
    const controller = new AbortController();
    const done = limitTime(clock, 10, new Error('late'), controller.signal, untilAborted);
    controller.abort(new Error('left'));
    await expect(done).rejects.toThrow('left');
  });
});
