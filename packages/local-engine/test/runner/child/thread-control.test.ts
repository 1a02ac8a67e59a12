import { describe, expect, it } from 'vitest';
import { createThreadControl } from '../../../src/runner/child/thread-control.js';
import { systemThreadMeter } from '../../../src/runner/child/thread-meter.js';

/** A machine of four cores on which a test says what happens. */
function machine({ granted = 4, isFixed = false } = {}) {
  const llama = { maxThreads: 99 };
  let now = 0;
  let cpuMs = 0;
  let idleMs = 0;
  const meter = { now: () => now, cpuMs: () => cpuMs, machine: () => ({ idleMs, totalMs: 4 * now }) };
  const control = createThreadControl(llama, { granted, isFixed, meter });
  /** Writes tokens; each takes so long, and so much CPU. */
  const write = (work: ReturnType<typeof control.begin>, tokens: number, wallMs: number, cpu: number) => {
    for (let token = 0; token < tokens; token++) {
      now += wallMs;
      cpuMs += cpu;
      idleMs += Math.max(0, 4 * wallMs - cpu);
      work.onTokens(1);
    }
  };
  return { llama, control, write };
}

describe('threads of a child', () => {
  it('are one for the first tokens, then as many as are granted, and fewer when they are wasted', () => {
    const { llama, control, write } = machine();
    const work = control.begin(null);
    expect(llama.maxThreads).toBe(1);
    write(work, 9, 60, 60); // the first token begins the measure
    expect(llama.maxThreads).toBe(4);
    write(work, 10, 100, 400);
    expect(llama.maxThreads).toBe(2);
    work.end();
    expect(llama.maxThreads).toBe(2);
  });

  it('are not judged by what was measured while something else was computed', () => {
    const { llama, control, write } = machine();
    const work = control.begin(null);
    write(work, 9, 60, 60);
    write(work, 5, 100, 400);
    work.onOther();
    write(work, 5, 100, 400);
    control.begin(null).end();
    write(work, 5, 100, 400);
    expect(llama.maxThreads).toBe(4);
  });

  it('are capped by a call while it lasts, and by what is granted', () => {
    const { llama, control, write } = machine();
    const work = control.begin(null);
    write(work, 9, 60, 60);
    const capped = control.begin(2);
    expect(llama.maxThreads).toBe(2);
    capped.end();
    expect(llama.maxThreads).toBe(4);
    control.grant(3);
    expect(llama.maxThreads).toBe(3);
    control.grant(1);
    expect(llama.maxThreads).toBe(1);
    control.grant(4);
    expect(llama.maxThreads).toBe(4);
    control.begin(0);
    expect(llama.maxThreads).toBe(1);
  });

  it('are all of them, whatever is measured, where they are fixed', () => {
    const { llama, control, write } = machine({ isFixed: true });
    const work = control.begin(null);
    expect(llama.maxThreads).toBe(4);
    write(work, 50, 500, 2_000);
    expect(llama.maxThreads).toBe(4);
  });

  it('are measured of this process and its machine', () => {
    const before = systemThreadMeter.machine();
    const cpuMs = systemThreadMeter.cpuMs();
    const now = systemThreadMeter.now();
    while (systemThreadMeter.cpuMs() < cpuMs + 10) Math.sqrt(cpuMs); // a machine that is busy takes longer for it
    expect(systemThreadMeter.now()).toBeGreaterThan(now);
    const { idleMs, totalMs } = systemThreadMeter.machine();
    expect(totalMs).toBeGreaterThanOrEqual(before.totalMs);
    expect(idleMs).toBeLessThanOrEqual(totalMs);
  });
});
