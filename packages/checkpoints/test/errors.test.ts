import { expect, it } from 'vitest';
import { CheckpointError } from '../src/index.js';

it('recognises errors of another installed copy and nothing else', () => {
  const foreign = Object.defineProperty(new Error('x'), Symbol.for('@tale/checkpoints/error'), { value: true });
  expect(CheckpointError.isInstance(foreign)).toBe(true);
  expect(CheckpointError.isInstance(new CheckpointError('conflict', 'x'))).toBe(true);
  expect(CheckpointError.isInstance(new Error('x'))).toBe(false);
  expect(CheckpointError.isInstance(null)).toBe(false);
});

it('carries its facts', () => {
  expect(new CheckpointError('conflict', 'x')).toMatchObject({
    name: 'CheckpointError',
    code: 'conflict',
    retryable: false,
    threadId: null,
    key: null,
    limitBytes: null,
  });
});
