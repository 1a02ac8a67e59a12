import { ContextError } from '../errors.js';

/** SQLite names its codes, PostgreSQL numbers its states. A quota or a limit on the size of files shows as a failed write. */
const full = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_IOERR_WRITE', '53100']);
const busyStates = new Set(['40001', '40P01', '55P03']);
const notUnique = new Set(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY', '23505']);

/** Whether another connection is writing. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED') || busyStates.has(code);
}

/** The error as one of this package where its list has a code, else as it is. */
export function asContextError(error: unknown): unknown {
  if (ContextError.isInstance(error)) return error;
  const facts = { cause: error, retryable: true };
  if (isBusy(error)) {
    return new ContextError('store-busy', 'The database is locked by another process; try again.', facts);
  }
  if (full.has(codeOf(error))) {
    return new ContextError('store-full', 'The disk or the database is full; free space and try again.', facts);
  }
  if (notUnique.has(codeOf(error))) {
    return new ContextError('seq-conflict', 'Another writer stored a row in the same place; try again.', facts);
  }
  return error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
