import { type TaskFacts, taskViewSchema, toTaskView } from '@tale/protocol';
import { sampleTaskView } from '@tale/protocol/testing';
import { expect, it } from 'vitest';

const facts: TaskFacts = {
  id: '01KB0000000000000000000001',
  kind: 'prompt',
  title: 'hello world',
  state: 'running',
  reason: null,
  priority: 5,
  createdAtMs: Date.parse('2026-11-25T12:00:00.000Z'),
  startedAtMs: Date.parse('2026-11-25T12:00:00.010Z'),
  endedAtMs: null,
  step: 1,
  steps: 1,
  percent: 40,
  etaMs: 900,
  error: null,
};
const run = {
  stepId: facts.id,
  run: 1,
  server: 'execution-1',
  startedAtMs: facts.createdAtMs,
  endedAtMs: null,
  end: null,
};

it('shows a running task with its open run', () => {
  const view = toTaskView(facts, [run], sampleTaskView().usage);
  expect(taskViewSchema.safeParse(view).success).toBe(true);
  expect(view).toMatchObject({
    percent: 40,
    etaMs: 900,
    endedAt: null,
    result: null,
    runs: [{ endedAt: null, end: null }],
  });
});

it('gives a final task no remaining time, and 100 % only if it is done', () => {
  const endedAtMs = facts.createdAtMs + 2_000;
  const done = toTaskView({ ...facts, state: 'done', endedAtMs, result: 'Hello!' }, [], sampleTaskView().usage);
  expect(done).toMatchObject({ percent: 100, etaMs: null, endedAt: '2026-11-25T12:00:02.000Z', result: 'Hello!' });
  const failed = toTaskView({ ...facts, state: 'failed', endedAtMs }, [], sampleTaskView().usage);
  expect(failed).toMatchObject({ percent: 40, etaMs: null });
});
