import { describe, expect, it } from 'vitest';
import { type FakeFault, FakeFaultBox, faultDelayMs } from '../../../src/testing/fake-ollama/faults.js';
import {
  fakeFaultGroups,
  fakeFaultKinds,
  parseFakeFault,
  startFakeAnthropic,
  startFakeOllama,
} from '../../../src/testing/index.js';

const box = (...faults: readonly FakeFault[]) => {
  const created = new FakeFaultBox();
  created.set(faults);
  return created;
};
const text = { path: '/api/chat', model: 'm', isText: true, isLoad: false };
const load = { path: '/api/generate', model: 'm', isText: false, isLoad: true };
const question = { path: '/api/ps', model: null, isText: false, isLoad: false };

describe('a fault', () => {
  it('of a kind that there is not is refused, for it would never happen', async () => {
    const unknown = { kind: 'stal' } as unknown as FakeFault;
    const refusal = /there is no fault stal; faults are refuse, silent/;
    expect(() => box(unknown)).toThrow(refusal);
    await expect(startFakeOllama({ faults: [unknown] })).rejects.toThrow(refusal);
    await using fake = await startFakeOllama();
    await expect(fake.set({ kind: 'stall' }, unknown)).rejects.toThrow(TypeError);
    await using claude = await startFakeAnthropic();
    await expect(claude.set({ kind: 'stal' } as never)).rejects.toThrow(/there is no fault stal; faults are refuse/);
  });

  it('happens for ever, once, or every n-th time', () => {
    const seen = (fault: FakeFault) => {
      const faults = box(fault);
      return [1, 2, 3, 4, 5, 6].map(() => (faults.take(text) === null ? '-' : 'x')).join('');
    };
    expect(seen({ kind: 'empty' })).toBe('xxxxxx');
    expect(seen({ kind: 'empty', times: 1 })).toBe('x-----');
    expect(seen({ kind: 'empty', every: 3 })).toBe('--x--x');
    expect(seen({ kind: 'empty', every: 2, times: 2 })).toBe('-x-x--');
  });

  it('happens to requests for text, to loads or to questions after the memory, as befits it', () => {
    const hits = (fault: FakeFault) => [text, load, question].map((request) => box(fault).take(request) !== null);
    expect(hits({ kind: 'stall' })).toEqual([true, false, false]);
    expect(hits({ kind: 'load-stall' })).toEqual([false, true, false]);
    expect(hits({ kind: 'slow-load' })).toEqual([false, true, false]);
    expect(hits({ kind: 'ps-lag' })).toEqual([false, false, true]);
    expect(hits({ kind: 'no-memory' })).toEqual([true, true, false]);
  });

  it('happens only at its path and for its model, where it names them', () => {
    const hits = (fault: FakeFault) => [text, load, question].map((request) => box(fault).take(request) !== null);
    expect(hits({ kind: 'reset', path: '/api/ps' })).toEqual([false, false, true]);
    expect(hits({ kind: 'reset', path: '/api/generate' })).toEqual([false, true, false]);
    expect(hits({ kind: 'reset', model: 'other' })).toEqual([false, false, false]);
    expect(hits({ kind: 'reset', model: 'm' })).toEqual([true, false, false]);
  });

  it('the first that fits is the one that happens', () => {
    const faults = box({ kind: 'empty', times: 1 }, { kind: 'html' });
    expect([faults.take(text)?.kind, faults.take(text)?.kind]).toEqual(['empty', 'html']);
    expect(faults.refuses).toBe(false);
    expect(box({ kind: 'refuse' }).refuses).toBe(true);
  });

  it('delays as long as it says, else as long as its kind does', () => {
    expect(faultDelayMs({ kind: 'slow-headers' })).toBe(300);
    expect(faultDelayMs({ kind: 'trickle' })).toBe(10_000);
    expect(faultDelayMs({ kind: 'trickle', delayMs: 5 })).toBe(5);
  });
});

describe('a written fault', () => {
  it('is a kind with what comes before and how often, or JSON', () => {
    expect(parseFakeFault('stall@3*2')).toEqual({ kind: 'stall', after: 3, times: 2 });
    expect(parseFakeFault('status-503*1')).toEqual({ kind: 'status-503', times: 1 });
    expect(parseFakeFault('refuse')).toEqual({ kind: 'refuse' });
    expect(parseFakeFault('{"kind":"trickle","delayMs":20,"every":2}')).toEqual({
      kind: 'trickle',
      delayMs: 20,
      every: 2,
    });
  });

  it('that is none is refused with the names of all', () => {
    for (const wrong of ['meteor', 'stall@', '', '{"kind":"meteor"}', '{broken'])
      expect(() => parseFakeFault(wrong), wrong).toThrow(/faults are refuse, silent/);
  });

  it('every kind is in one group', () => {
    expect(new Set(fakeFaultKinds).size).toBe(fakeFaultKinds.length);
    expect(fakeFaultKinds).toEqual(Object.values(fakeFaultGroups).flat());
  });
});
