import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandError } from '../command-error.js';
import { describeSystemError, type SystemError } from '../system-error.js';

/**
 * Makes sure that each folder can be made and written to, before anything is started that would only say that it cannot. The reason is
 * that of the first folder on its path that exists: making one on a read-only system reports that it is missing.
 *
 * @throws {@link CommandError} `not-writable`
 */
export function requireUsable(paths: readonly string[]): void {
  for (const path of paths) {
    const found = nearest(path);
    const code = reasonAgainst(found);
    if (code === null) continue;
    const about =
      found === path ? `The folder ${path} cannot be used` : `The folder ${path} cannot be made in ${found}`;
    throw new CommandError('not-writable', `${about}: ${describeSystemError(code)}.`, {
      hint: 'TALE_HOME=<a folder of yours> puts all of it elsewhere',
      details: { path: found, code },
    });
  }
}

/** The path, or the first folder above it that exists. */
function nearest(path: string): string {
  let found = path;
  while (!existsSync(found) && dirname(found) !== found) found = dirname(found);
  return found;
}

function reasonAgainst(path: string): string | null {
  try {
    if (!statSync(path).isDirectory()) return 'ENOTDIR';
    accessSync(path, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return (error as SystemError).code;
  }
}
