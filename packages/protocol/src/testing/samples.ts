import type { ErrorEnvelope } from '../error.js';
import type { TaskView } from '../task.js';

/** A complete task view; `changes` replace single fields. */
export function sampleTaskView(changes: Partial<TaskView> = {}): TaskView {
  return {
    taskId: '01KB0000000000000000000001',
    kind: 'prompt',
    title: 'hello world',
    state: 'done',
    reason: null,
    priority: 5,
    createdAt: '2026-11-25T12:00:00.000Z',
    startedAt: '2026-11-25T12:00:00.010Z',
    endedAt: '2026-11-25T12:00:02.000Z',
    step: 1,
    steps: 1,
    percent: 100,
    etaMs: null,
    forecast: null,
    result: 'Hello!',
    error: null,
    usage: {
      inputTokens: 12,
      outputTokens: 3,
      calls: 1,
      source: 'reported',
      byModel: [{ model: 'tiny', role: 'planning', inputTokens: 12, outputTokens: 3, calls: 1 }],
    },
    runs: [
      {
        stepId: '01KB0000000000000000000001',
        run: 1,
        server: 'execution-0',
        startedAt: '2026-11-25T12:00:00.010Z',
        endedAt: '2026-11-25T12:00:02.000Z',
        end: 'done',
      },
    ],
    ...changes,
  };
}

/** A complete error envelope; `changes` replace single fields. */
export function sampleEnvelope(changes: Partial<ErrorEnvelope> = {}): ErrorEnvelope {
  return {
    code: 'backend-down',
    message: 'The model server does not answer.',
    hint: 'tale servers status',
    source: 'models',
    retryable: true,
    retryAfterMs: null,
    details: {},
    ...changes,
  };
}
