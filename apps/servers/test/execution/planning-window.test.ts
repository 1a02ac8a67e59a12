import type { PoolStatus } from '@tale/model-pool';
import { describe, expect, it } from 'vitest';
import { createPlanningWindow, planningWindow } from '../../src/execution/planning-window.js';

const model = (name: string, contextTokens: number, rest: object = {}) => ({
  model: name,
  digest: null,
  contextTokens,
  maxOutputTokens: 512,
  roles: ['planning'],
  state: 'resident',
  ...rest,
});
const status = (...models: object[]) => ({ models }) as unknown as PoolStatus;

describe('the window of the planning model', () => {
  it.each([
    ['is its own', [model('small', 2_048, { roles: ['ux'] }), model('large', 8_192)], 'large', 8_192],
    ['is that of one model for both roles', [model('one', 4_096, { roles: ['ux', 'planning'] })], 'one', 4_096],
    ['is the largest, which takes what the others cannot', [model('a', 4_096), model('b', 200_000)], 'b', 200_000],
    ['is not that of a model that failed', [model('a', 4_096), model('b', 200_000, { state: 'failed' })], 'a', 4_096],
    ['is that of a failed model where there is no other', [model('a', 4_096, { state: 'failed' })], 'a', 4_096],
  ])('%s', (_, models, name, contextTokens) => {
    expect(planningWindow(status(...models))).toMatchObject({ model: name, contextTokens, maxOutputTokens: 512 });
  });

  it('is unknown where no model plans', () => {
    expect(planningWindow(status(model('small', 2_048, { roles: ['ux'] })))).toBeNull();
  });

  it.each([true, false])('is counted exactly where the server of the model counts: %s', (countsTokens) => {
    expect(planningWindow(status(model('a', 4_096, { countsTokens })))?.countsExactly).toBe(countsTokens);
  });

  it('belongs to the files of the model', () => {
    expect(planningWindow(status(model('a', 4_096, { digest: 'abc' })))).toMatchObject({ digest: 'abc' });
  });
});

describe('what is known of it', () => {
  const signal = new AbortController().signal;

  function asked(sizes: number[]) {
    let nowMs = 0;
    let calls = 0;
    const pool = { status: async () => status(model('a', sizes[Math.min(calls++, sizes.length - 1)]!)) };
    const window = createPlanningWindow({ pool, now: () => nowMs });
    const pass = (ms: number) => {
      nowMs += ms;
    };
    return { window, pass, calls: () => calls };
  }

  it('is asked for once, and again meanwhile once it is a few seconds old', async () => {
    const { window, pass, calls } = asked([1_024, 2_048]);
    expect(window.known()).toBeNull();
    expect((await window.get(signal))?.contextTokens).toBe(1_024);
    pass(4_000);
    expect((await window.get(signal))?.contextTokens).toBe(1_024);
    expect(calls()).toBe(1);
    pass(2_000);
    expect(window.known()?.contextTokens).toBe(1_024);
    await expect.poll(() => window.known()?.contextTokens).toBe(2_048);
    expect(calls()).toBe(2);
  });

  it('is worth nothing after a minute, or after it was wrong', async () => {
    const { window, pass } = asked([1_024, 2_048, 4_096]);
    await window.get(signal);
    window.forget();
    expect(window.known()).toBeNull();
    expect((await window.get(signal))?.contextTokens).toBe(2_048);
    pass(61_000);
    expect(window.known()).toBeNull();
  });

  it('fails as the models server does where it must be asked, and not where it need not', async () => {
    let isDown = false;
    let nowMs = 0;
    const pool = { status: async () => (isDown ? Promise.reject(new Error('down')) : status(model('a', 1_024))) };
    const window = createPlanningWindow({ pool, now: () => nowMs });
    await window.get(signal);
    isDown = true;
    nowMs = 10_000;
    expect((await window.get(signal))?.contextTokens).toBe(1_024);
    window.forget();
    await expect(window.get(signal)).rejects.toThrow('down');
  });
});
