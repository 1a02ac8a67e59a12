import { deprecate } from 'node:util';
import type { Lane, Role, RoleName } from '../types.js';

/** Node warns once per code and process, however many pools there are. */
const warnTask = deprecate(() => {}, "the role 'task' is deprecated, say 'planning'", 'TALE_ROLE_TASK');

/** The role that a name stands for; `undefined` for a name that is none. */
export function resolveRole(name: RoleName): Role | undefined {
  switch (name) {
    case 'conversation':
      return 'ux';
    case 'task':
      warnTask();
      return 'planning';
    case 'ux':
    case 'planning':
    case 'embed':
      return name;
    default:
      return undefined;
  }
}

/** The lane of a role where none is configured. */
export function laneOfRole(role: Role): Lane {
  return role === 'embed' ? 'background' : role;
}
