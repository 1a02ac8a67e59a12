import { describe, expect, it } from 'vitest';
import { describePhase, nextPhase, type Phase } from '../../src/submit/phase.js';
import type { StreamEvent } from '../../src/submit/stream-event.js';

const base = { at: '', taskId: 't', stepId: null, run: null, seq: 1 };
const answer = { requestId: 'r', labels: { purpose: 'answer' as const } };
const queued = (reason: 'new' | 'retry' | 'lease-lost' | 'resumed'): StreamEvent => ({
  ...base,
  type: 'task-queued',
  kind: 'prompt',
  priority: 5,
  reason,
});
const start: StreamEvent = { ...answer, type: 'call-start', callId: 'c', model: 'tiny', estimatedInputTokens: 3_100 };
const delta: StreamEvent = { ...answer, type: 'text-delta', callId: 'c', offset: 0, text: 'x' };
const end = { ...answer, type: 'call-end', callId: 'c' } as unknown as StreamEvent;

/** Phases as they are shown, after each event, 100 ms apart. */
function shown(events: readonly StreamEvent[]): string[] {
  let phase: Phase = { kind: 'sent' };
  return events.map((event, at) => {
    phase = nextPhase(phase, event, at * 100);
    return describePhase(phase, at * 100);
  });
}

describe('nextPhase', () => {
  it('names what is awaited on the whole way', () => {
    expect(
      shown([
        queued('new'),
        { ...base, type: 'task-start', server: 'execution-1' },
        { ...base, type: 'task-progress', step: 1, steps: 2, percent: null, etaMs: null, message: 'planning' },
        { ...answer, type: 'call-queued', position: 2, etaMs: 4_000 },
        start,
        { ...answer, type: 'model-load', callId: 'c', etaMs: 6_000, progress: 0.41 },
        delta,
        ...Array.from({ length: 9 }, () => delta),
        end,
        { ...base, type: 'task-end', kind: 'prompt', state: 'done', runs: 1, durationMs: 1, error: null },
      ]),
    ).toEqual([
      'waiting for an execution server',
      'starting',
      'planning',
      'queued 2nd for the model, ~4.0 s',
      'tiny is reading the prompt, ~3.1k tokens',
      'loading tiny 41 %, ~6.0 s',
      ...Array.from({ length: 5 }, () => 'tiny is writing'),
      ...[6, 7, 8, 9, 10].map(
        (pieces) => `tiny is writing ~${Math.round((pieces / ((pieces - 1) * 100)) * 1_000)} tok/s`,
      ),
      'finishing',
      '',
    ]);
  });

  it('is not moved by the acknowledgement', () => {
    const acknowledge = { ...start, labels: { purpose: 'acknowledge' as const } };
    expect(shown([queued('new'), acknowledge])).toEqual([
      'waiting for an execution server',
      'waiting for an execution server',
    ]);
  });

  it('does not go back when the past of the task comes after its running call', () => {
    expect(shown([start, queued('new'), { ...base, type: 'task-start', server: 'e' }]).at(-1)).toContain(
      'reading the prompt',
    );
  });

  it.each([
    ['retry', 'the attempt failed'],
    ['lease-lost', 'its server vanished'],
    ['resumed', 'its server gave it back'],
  ] as const)('says that it is queued again: %s', (reason, text) => {
    expect(shown([start, delta, queued(reason)]).at(-1)).toContain(text);
  });

  it('goes on writing after a snapshot and passes over events that it does not know', () => {
    const snapshot: StreamEvent = { ...answer, type: 'text-snapshot', callId: 'c', text: 'xy' };
    const strange = { ...base, type: 'approval-open' } as unknown as StreamEvent;
    expect(shown([snapshot, strange, snapshot]).at(-1)).toBe('the model is writing');
  });

  it('describes the phase before any event', () => {
    expect(describePhase({ kind: 'sent' }, 0)).toBe('handing over');
    expect(describePhase({ kind: 'reading', model: 'm', inputTokens: null, sinceMs: 0 }, 0)).toBe(
      'm is reading the prompt',
    );
    expect(describePhase({ kind: 'loading', model: 'm', percent: null, etaMs: null }, 0)).toBe('loading m');
  });
});
