import { ServerError } from '../server/server-error.js';

/** The failure of asking for a task that is not there. */
export function taskNotFound(id: string): ServerError {
  return new ServerError('task-not-found', `There is no task ${JSON.stringify(id.slice(0, 64))}.`, {
    hint: 'tale list',
  });
}
