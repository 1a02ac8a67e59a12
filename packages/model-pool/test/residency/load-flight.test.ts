import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { poolError } from '../../src/calls/call-error.js';
import { LoadFlight, loadLimitMs } from '../../src/residency/load-flight.js';

const never = new AbortController().signal;

function fly({ prepare = () => Promise.resolve() }: { prepare?: (signal: AbortSignal) => Promise<void> } = {}) {
  const manual = manualClock();
  const clock = { ...manual, monotonicMs: manual.now };
  const told: unknown[] = [];
  let finish: (error?: Error) => void = () => {};
  let loadSignal: AbortSignal | null = null;
  const flight = new LoadFlight({
    name: 'model',
    clock,
    limitMs: 1_000,
    prepare: async (signal) => {
      await prepare(signal);
      return () => told.push('room given back');
    },
    load: (signal) =>
      new Promise<void>((resolve, reject) => {
        loadSignal = signal;
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        finish = (error) => (error === undefined ? resolve() : reject(error));
      }),
    onEnd: (loadMs) => told.push(loadMs),
    onError: (error) => told.push(error),
  });
  const begun = async () => {
    while (loadSignal === null) await new Promise((resolve) => setImmediate(resolve));
    return loadSignal;
  };
  return { flight, manual, told, begun, finish: (error?: Error) => finish(error) };
}

describe('a load', () => {
  it('ends for all who wait, with its own time, and gives its room back', async () => {
    const { flight, manual, told, begun, finish } = fly();
    const waiting = [flight.join(never), flight.join(never)];
    await begun();
    await manual.advance(400);
    expect(flight.ageMs).toBe(400);
    finish();
    await Promise.all(waiting);
    expect(told).toEqual([400, 'room given back']);
  });

  it('goes on while one of several waits, and ends when the last one leaves', async () => {
    const { flight, told, begun } = fly();
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = [flight.join(first.signal), flight.join(second.signal)];
    const signal = await begun();
    first.abort(new Error('first left'));
    await expect(waiting[0]).rejects.toThrow('first left');
    expect(signal.aborted).toBe(false);
    second.abort(new Error('second left'));
    await expect(waiting[1]).rejects.toThrow('second left');
    expect(signal.aborted).toBe(true);
    await flight.settled(never);
    expect(told).toEqual([expect.objectContaining({ message: 'nobody waits for the load' }), 'room given back']);
  });

  it('ends at its deadline, which begins once there is room', async () => {
    let makeRoom = () => {};
    const { flight, manual, told, begun } = fly({
      prepare: () =>
        new Promise((resolve) => {
          makeRoom = resolve;
        }),
    });
    const ended = flight.join(never).catch((error: unknown) => error);
    await manual.advance(5_000);
    makeRoom();
    await begun();
    await manual.advance(999);
    expect(told).toEqual([]);
    await manual.advance(1);
    expect(await ended).toMatchObject({ code: 'load-timeout', retryable: true, details: { limitMs: 1_000 } });
    expect(told).toEqual([expect.objectContaining({ code: 'load-timeout' }), 'room given back']);
  });

  it('without room does not begin', async () => {
    const refused = poolError('memory-insufficient', 'too large');
    const { flight, told } = fly({ prepare: () => Promise.reject(refused) });
    await expect(flight.join(never)).rejects.toBe(refused);
    expect(told).toEqual([refused]);
  });

  it('who only watches does not keep it up, and may leave', async () => {
    const { flight, begun } = fly();
    const waiting = new AbortController();
    const joined = flight.join(waiting.signal);
    const watching = flight.settled(never);
    const gone = new AbortController();
    const leaving = flight.settled(gone.signal);
    await begun();
    gone.abort(new Error('enough'));
    await expect(leaving).rejects.toThrow('enough');
    waiting.abort(new Error('left'));
    await expect(joined).rejects.toThrow('left');
    await watching;
  });
});

describe('loadLimitMs', () => {
  const limits = { minMs: 60_000, maxMs: 600_000 };
  it('is three times what nearly all took, within the limits, and the longest while nothing is known', () => {
    expect([null, 1_000, 50_000, 900_000].map((learntMs) => loadLimitMs(learntMs, limits))).toEqual([
      600_000, 60_000, 150_000, 600_000,
    ]);
  });
});
