import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { limitTime } from '../../src/residency/limit-time.js';
import { pause } from '../../src/residency/pause.js';
import { waitFor } from '../../src/residency/wait-for.js';

const manual = manualClock();
const clock = { ...manual, monotonicMs: manual.now };
const never = new AbortController().signal;
const left = () => AbortSignal.abort(new Error('left'));
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

describe('pause', () => {
  it('waits, and takes its listener back', async () => {
    const controller = new AbortController();
    const waiting = pause(clock, 10, controller.signal);
    await manual.advance(10);
    await waiting;
    controller.abort();
  });
  it('ends with the signal, before or while it waits', async () => {
    await expect(pause(clock, 10, left())).rejects.toThrow('left');
    const controller = new AbortController();
    const waiting = pause(clock, 10, controller.signal);
    controller.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    await manual.advance(10);
  });
});

describe('waitFor', () => {
  it('is as what it waits for', async () => {
    expect(await waitFor(Promise.resolve(7), never)).toBe(7);
    await expect(waitFor(Promise.reject(new Error('no')), never)).rejects.toThrow('no');
  });
  it('can be left without ending what it waits for', async () => {
    await expect(waitFor(Promise.resolve(7), left())).rejects.toThrow('left');
    const controller = new AbortController();
    const waiting = waitFor(untilAborted(never), controller.signal);
    controller.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
  });
});
