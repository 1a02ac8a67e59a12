import { expect, it } from 'vitest';
import { formatCheckpointId, parseCheckpointId } from '../src/index.js';

it('writes and reads the public id of a checkpoint', () => {
  const id = formatCheckpointId('01JZ0000000000000000000000', 7);
  expect(id).toBe('01JZ0000000000000000000000@7');
  expect(parseCheckpointId(id)).toEqual({ threadId: '01JZ0000000000000000000000', step: 7 });
});

it.each(['', 'a', '@1', 'a@', 'a@0', 'a@01', 'a@-1', 'a@1.5', 'a@1@2', 'a b@1', 'a@1\n', `a@${'9'.repeat(16)}`])(
  'reads %j as no id',
  (text) => {
    expect(parseCheckpointId(text)).toBeNull();
  },
);
