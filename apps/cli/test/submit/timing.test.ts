import { describe, expect, it } from 'vitest';
import type { CallEndEvent } from '../../src/submit/stream-event.js';
import { describeTiming, splitTiming } from '../../src/submit/timing.js';

const measured = { totalMs: 2_100, firstTokenMs: 420, startupMs: 80, serversMs: 5 };
const call = (timing: object, purpose = 'answer') =>
  ({
    type: 'call-end',
    callId: 'c',
    labels: { purpose },
    timing: { queueMs: 0, loadMs: null, serverWaitMs: null, prefillMs: null, decodeMs: null, ...timing },
  }) as unknown as CallEndEvent;

describe('splitTiming', () => {
  it('gives the model its parts, the queue its wait and tale the rest', () => {
    const timing = splitTiming(measured, [
      call({ queueMs: 100, loadMs: 0, serverWaitMs: 10, prefillMs: 300, decodeMs: 1_650 }),
    ]);
    expect(timing).toMatchObject({ modelMs: 1_960, queueMs: 100, taleMs: 40, firstTokenMs: 420 });
    expect(describeTiming(timing)).toBe(
      'timing  total 2.1 s = model 2.0 s (load 0 ms, wait 10 ms, read 300 ms, write 1.6 s) + waiting for it 100 ms + tale 40 ms; before: command 80 ms, servers 5 ms',
    );
  });

  it('sums all attempts and leaves the acknowledgement out', () => {
    const timing = splitTiming(measured, [
      call({ prefillMs: 100, decodeMs: 200 }),
      call({ prefillMs: 300 }),
      call({ decodeMs: 5_000 }, 'acknowledge'),
    ]);
    expect(timing).toMatchObject({
      modelMs: 600,
      taleMs: 1_500,
      model: { loadMs: null, prefillMs: 400, decodeMs: 200 },
    });
  });

  it('does not guess where nothing is reported', () => {
    const timing = splitTiming(measured, []);
    expect(timing).toMatchObject({ modelMs: null, queueMs: null, taleMs: null });
    expect(describeTiming(timing)).toContain('tale ?');
  });

  it('is never negative where clocks disagree', () => {
    expect(splitTiming(measured, [call({ decodeMs: 2_200 })]).taleMs).toBe(0);
  });
});
