import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPhaseView } from '../../src/submit/phase-view.js';
import type { StreamEvent } from '../../src/submit/stream-event.js';
import { createTestContext } from '../support/streams.js';

const home = { folders: { config: '', data: '', state: '', cache: '' }, env: {} };
const answer = { requestId: 'r', callId: 'c', labels: { purpose: 'answer' as const } };
const queued = (position: number, etaMs: number | null): StreamEvent => ({
  ...answer,
  type: 'call-queued',
  position,
  etaMs,
});
const start: StreamEvent = { ...answer, type: 'call-start', model: 'tiny', estimatedInputTokens: 12 };
const load: StreamEvent = { ...answer, type: 'model-load', name: 'planning', etaMs: 4_000 };
const delta: StreamEvent = { ...answer, type: 'text-delta', offset: 0, text: 'x' };
const end = (status: string, code: string | null = null) =>
  ({ ...answer, type: 'call-end', status, error: code && { code, message: '' } }) as unknown as StreamEvent;
const ended = { type: 'task-end', taskId: 't', seq: 9 } as unknown as StreamEvent;

/** Lines that a pipe sees, of events and waits (ms). */
async function lines(script: readonly (StreamEvent | number | string)[], options = {}): Promise<string[]> {
  const { context, err } = createTestContext(home, options);
  const view = createPhaseView(context.printer, 'ID', () => Date.now());
  for (const step of script) {
    if (typeof step === 'number') await vi.advanceTimersByTimeAsync(step);
    else if (typeof step === 'string') view.say(step);
    else view.push(step);
  }
  view.close();
  return err()
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace('ID ', ''));
}

describe('createPhaseView', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells in the order queued, loading, reading, writing, although a call begins before its model is loaded', async () => {
    expect(await lines([queued(1, 4), start, 20, load, 3_000, delta])).toEqual([
      'queued 1st for the model',
      'loading tiny, ~4.0 s',
      'tiny is writing',
    ]);
    expect(await lines([queued(2, 4_000), start, 400, delta])).toEqual([
      'queued 2nd for the model, ~4.0 s',
      'tiny is reading the prompt, ~12 tokens',
      'tiny is writing',
    ]);
  });

  it('passes over what does not last', async () => {
    expect(await lines([start, 50, delta, end('ok'), 50, ended])).toEqual(['tiny is writing']);
  });

  it('says "finishing" once, and never of an attempt that failed', async () => {
    expect(await lines([delta, end('ok'), 200, end('ok'), 200, 400, ended])).toEqual([
      'the model is writing',
      'finishing',
    ]);
    expect(await lines([start, delta, end('error', 'stalled'), 400, ended])).toEqual([
      'tiny is writing',
      'failed (stalled), trying again',
    ]);
    expect(await lines([start, delta, end('refused'), 50, ended])).toEqual(['tiny is writing']);
  });

  it('does not repeat a line within 10 s', async () => {
    const script = [start, delta, 100, 'lost', 100, delta, 100, 'lost', 100, delta];
    expect(await lines(script)).toEqual(['tiny is writing', 'lost']);
    expect(await lines([delta, 10_200])).toEqual(['the model is writing', 'the model is writing: no token for 10 s']);
  });

  it('says that no token comes instead of a rate of nothing', async () => {
    const shown = await lines([start, delta, delta, 12_400], { stderrTerminal: true });
    expect(shown.join('')).toBe('');
    const { context, err } = createTestContext(home, { stderrTerminal: true });
    const view = createPhaseView(context.printer, 'ID', () => Date.now());
    for (const event of [start, delta, delta]) view.push(event);
    await vi.advanceTimersByTimeAsync(12_400);
    view.close();
    expect(err()).toContain('ID tiny is writing: no token for 12 s · ');
    expect(err()).not.toContain('~0 tok/s');
  });
});
