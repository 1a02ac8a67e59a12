import { expect, it } from 'vitest';
import type { RoleName } from '../../src/index.js';
import { laneOfRole, resolveRole } from '../../src/roles/role-name.js';

it('conversation is ux, task is planning and warns once per process', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  expect(resolveRole('conversation')).toBe('ux');
  expect(resolveRole('task')).toBe('planning');
  expect(resolveRole('task')).toBe('planning');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  expect(warnings).toMatchObject([{ name: 'DeprecationWarning', code: 'TALE_ROLE_TASK' }]);
});

it('a role is itself and nothing else is a role', () => {
  for (const role of ['ux', 'planning', 'embed'] as const) expect(resolveRole(role)).toBe(role);
  expect(resolveRole('boss' as RoleName)).toBeUndefined();
  expect((['ux', 'planning', 'embed'] as const).map(laneOfRole)).toEqual(['ux', 'planning', 'background']);
});
