import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { poolError } from '../../src/calls/call-error.js';
import { Stop } from '../../src/calls/stop.js';

const first = poolError('aborted', 'first');
const second = poolError('aborted', 'second');

describe('Stop', () => {
  it('the first reason counts, and whoever listens is told once', () => {
    const stop = new Stop();
    const told: string[] = [];
    stop.listen(({ message }) => told.push(`a ${message}`));
    stop.listen(({ message }) => told.push(`b ${message}`))();
    expect(stop.reason).toBeNull();
    stop.check();
    stop.now(first);
    stop.now(second);
    expect(told).toEqual(['a first']);
    expect(stop.reason).toBe(first);
    expect(() => stop.check()).toThrow(first);
  });

  it('one who listens too late is told at once', () => {
    const stop = new Stop();
    stop.now(first);
    const told: string[] = [];
    stop.listen(({ message }) => told.push(message))();
    expect(told).toEqual(['first']);
    expect(stop.signal().signal).toMatchObject({ aborted: true, reason: first });
  });

  it('a signal is aborted with the reason until it is let go of', () => {
    const stop = new Stop();
    const [kept, released] = [stop.signal(), stop.signal()];
    released.release();
    stop.now(first);
    expect(kept.signal.reason).toBe(first);
    expect(released.signal.aborted).toBe(false);
  });

  it('a sleep ends with its time, or with the reason', async () => {
    const clock = manualClock();
    const stop = new Stop();
    await stop.sleep(clock, 0);
    const short = stop.sleep(clock, 100);
    const long = stop.sleep(clock, 10_000);
    await clock.advance(100);
    await short;
    stop.now(first);
    await expect(long).rejects.toBe(first);
    expect(() => stop.sleep(clock, 1)).toThrow(first);
  });
});
