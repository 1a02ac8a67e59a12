import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../src/waiting/wait-for.js';

const left = new Error('left');

describe('waitFor', () => {
  it('is as what it waits for, and takes its listener back', async () => {
    const { signal } = new AbortController();
    expect(await waitFor(Promise.resolve(7), signal)).toBe(7);
    await expect(waitFor(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('can be left without ending what it waits for', async () => {
    await expect(waitFor(Promise.resolve(7), AbortSignal.abort(left))).rejects.toThrow(left);
    // What fails while nobody waits is nobody's failure: an unhandled rejection would end the test run.
    await expect(waitFor(Promise.reject(new Error('no')), AbortSignal.abort(left))).rejects.toThrow(left);
    let finish = (_: number) => {};
    const work = new Promise<number>((resolve) => {
      finish = resolve;
    });
    const controller = new AbortController();
    const waiting = waitFor(work, controller.signal);
    controller.abort(left);
    await expect(waiting).rejects.toThrow(left);
    finish(7);
    expect(await work).toBe(7);
  });
});
