import { expect, it } from 'vitest';
import { checkArguments } from '../../src/ux-agent/action-tool.js';

const table = {
  show: { needs: ['id'], takes: [] },
  list: { needs: [], takes: ['limit'] },
} as const;

it.each([[{ action: 'show', id: 'x' }], [{ action: 'list' }], [{ action: 'list', limit: 1, id: undefined }]] as const)(
  'takes what the action takes: %j',
  (args) => {
    expect(() => checkArguments(table, args)).not.toThrow();
  },
);

it.each([
  [{ action: 'show' }, 'show needs id.'],
  [{ action: 'show', id: 'x', limit: 1 }, 'show takes no limit.'],
  [{ action: 'list', id: 'x' }, 'list takes no id.'],
] as const)('refuses anything else: %j', (args, message) => {
  expect(() => checkArguments(table, args)).toThrow(expect.objectContaining({ code: 'invalid-request', message }));
});
