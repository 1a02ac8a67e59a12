import { getEventListeners } from 'node:events';
import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { pause } from '../../src/waiting/pause.js';

describe('pause', () => {
  it('is over after its time, and takes its listener back', async () => {
    const clock = manualClock();
    const { signal } = new AbortController();
    let isOver = false;
    const waiting = pause(clock, 10, signal).then(() => {
      isOver = true;
    });
    await clock.advance(9);
    expect([isOver, getEventListeners(signal, 'abort').length]).toEqual([false, 1]);
    await clock.advance(1);
    await waiting;
    expect([isOver, getEventListeners(signal, 'abort').length]).toEqual([true, 0]);
  });

  it('ends with the signal, before or while it waits', async () => {
    const clock = manualClock();
    await expect(pause(clock, 10, AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
    const controller = new AbortController();
    const waiting = pause(clock, 10, controller.signal);
    controller.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
  });
});
