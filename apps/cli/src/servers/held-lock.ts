import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { CommandError } from '../command-error.js';

/**
 * Who holds the lock of a data folder, told by the lock and not by `runtime.json`: the pid of the supervisor; `null` if nobody does.
 *
 * @throws {@link CommandError} `locked` if somebody does and it cannot be told who
 */
export function findLockHolder(dataFolder: string): number | null {
  const path = join(dataFolder, 'lock.db');
  if (!existsSync(path)) return null;
  const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof Database;
  const sqlite = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    sqlite.prepare('select count(*) from sqlite_master').get();
    return null;
  } catch (error) {
    if (!String((error as { code?: string }).code).startsWith('SQLITE_BUSY')) throw error;
    return readPid(`${path}.pid`) ?? fail(path);
  } finally {
    sqlite.close();
  }
}

function fail(path: string): never {
  throw new CommandError('locked', `Servers hold ${path}, and it cannot be told which process they are.`, {
    hint: 'end the process named tale-supervisor',
  });
}

function readPid(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}
