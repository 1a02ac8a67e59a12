import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { type Lock, SupervisorError } from '@tale/supervisor';
import Database from 'better-sqlite3';

/**
 * One supervisor per data directory: an exclusive transaction on `lock.db`, which the kernel ends with the process however that
 * dies. The holder's pid stands in a file beside it, for the message alone.
 */
export function databaseLock(file: string): Lock {
  const pidFile = `${file}.pid`;
  return {
    acquire() {
      makePrivate(file);
      let sqlite: Database.Database;
      try {
        sqlite = lock(file);
      } catch (cause) {
        if (!hasCode(cause, 'SQLITE_BUSY')) throw cause;
        const pid = holderOf(pidFile);
        const who = pid === null ? 'another process' : `process ${pid}`;
        throw new SupervisorError('locked', `${who} holds ${file}: tale's servers run already on this data directory`, {
          cause,
          retryable: true,
          holder: pid === null ? null : { pid, command: null },
        });
      }
      writeFileSync(pidFile, String(process.pid), { mode: 0o600 });
      return () => {
        sqlite.close();
      };
    },
  };
}

/** SQLite would make it, and its journal, readable for others. One that is there is not opened: closing it would end a lock. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function lock(file: string, isAgain = false): Database.Database {
  const sqlite = new Database(file, { timeout: 0 });
  try {
    sqlite.pragma('locking_mode = EXCLUSIVE');
    sqlite.exec('begin exclusive');
    return sqlite;
  } catch (error) {
    sqlite.close();
    if (isAgain || !hasCode(error, 'SQLITE_NOTADB')) throw error;
    writeFileSync(file, ''); // it holds no data: a damaged one begins anew
    return lock(file, true);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith(code);
}

function holderOf(pidFile: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}
