import { sampleEnvelope, sampleTaskView } from '@tale/protocol/testing';
import { describe, expect, it } from 'vitest';
import { failureOfCut, failureOfTask } from '../../src/submit/outcome.js';
import { describeUsage } from '../../src/submit/usage-line.js';

describe('failureOfTask', () => {
  it('is none for a task that is done', () => {
    expect(failureOfTask(sampleTaskView())).toBeNull();
  });

  it.each([
    [{ state: 'cancelled', reason: 'asked' }, 'cancelled', 1],
    [{ state: 'failed', error: sampleEnvelope({ code: 'backend-down' }) }, 'backend-down', 5],
    [{ state: 'failed', error: sampleEnvelope({ code: 'deadline' }) }, 'deadline', 7],
    [{ state: 'failed', error: sampleEnvelope({ code: 'budget-exceeded' }) }, 'budget-exceeded', 6],
    [{ state: 'dead', error: sampleEnvelope({ code: 'strange' }) }, 'strange', 1],
    [{ state: 'dead', reason: 'lease-lost' }, 'poison', 1],
    [{ state: 'running' }, 'connection-lost', 5],
  ] as const)('%j is %s with exit code %i', (changes, code, exitCode) => {
    const task = sampleTaskView({ error: null, ...changes });
    expect(failureOfTask(task)).toMatchObject({
      exitCode,
      envelope: { code, details: { task: { taskId: task.taskId } } },
    });
  });
});

describe('a time limit', () => {
  const task = (changes: object) => sampleTaskView({ error: null, result: 'so far', ...changes });
  const cut = { signal: new AbortController().signal, maxTimeMs: 20_000 };
  const deadline = sampleEnvelope({ code: 'deadline' });

  it('is one event with one message, whoever noticed first', () => {
    const here = failureOfCut('X', task({ taskId: 'X', state: 'cancelled', reason: 'time limit' }), cut);
    const gateway = failureOfTask(task({ taskId: 'X', state: 'failed', error: deadline }), 20_000);
    for (const failure of [here, gateway]) {
      expect(failure).toMatchObject({
        exitCode: 7,
        message: 'Task X was not done within 20.0 s; it was stopped, what there is was printed.',
        envelope: { code: 'deadline', details: { task: { result: 'so far' } } },
      });
    }
  });

  it.each([
    [task({ state: 'failed', error: deadline, result: null }), 'it was stopped, nothing was written yet.'],
    [task({ state: 'running', endedAt: null }), 'it is being stopped.'],
    [null, 'it may go on.'],
  ])('says what became of the task: %#', (ended, text) => {
    expect(failureOfCut('X', ended, cut).message).toContain(text);
  });

  it('of another command has no figure here', () => {
    expect(failureOfTask(task({ state: 'failed', error: deadline }))?.message).toContain('within its time limit');
  });
});

describe('describeUsage', () => {
  it('names task, model, tokens and times', () => {
    expect(describeUsage(sampleTaskView(), { firstTokenMs: 420, totalMs: 2_100 })).toBe(
      '000001 · tiny · 12 in / 3 out · first token 420 ms · total 2.1 s',
    );
  });

  it('marks what is estimated and what is unknown', () => {
    const usage = { inputTokens: 1_200, outputTokens: 0, calls: 0, source: 'estimated' as const, byModel: [] };
    expect(describeUsage(sampleTaskView({ usage }), { firstTokenMs: null, totalMs: 5 })).toBe(
      '000001 · no model · ~1.2k in / ~0 out · total 5 ms',
    );
  });
});
