import { describe, expect, it } from 'vitest';
import { TasksError } from '../src/index.js';

describe('TasksError', () => {
  it('carries its facts', () => {
    const cause = new Error('why');
    expect(new TasksError('storage-busy', 'busy', { retryable: true, taskId: 't', cause })).toMatchObject({
      ...{ name: 'TasksError', code: 'storage-busy', message: 'busy', retryable: true, taskId: 't', cause },
    });
    expect(new TasksError('closed', 'closed')).toMatchObject({ retryable: false, taskId: null });
  });

  it('is recognised also when it comes from another copy of the package', () => {
    const foreign = new Error('x');
    Object.defineProperty(foreign, Symbol.for('@tale/tasks/error'), { value: true });
    expect([foreign, new TasksError('closed', ''), new Error('x'), null].map(TasksError.isInstance)).toEqual([
      ...[true, true, false, false],
    ]);
  });
});
