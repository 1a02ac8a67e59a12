import { CheckpointError } from '../errors.js';
import { isBusy } from './busy.js';

/** The error as one of this package where it comes from SQLite, else as it is. */
export function asStorageError(error: unknown, threadId: string): unknown {
  if (CheckpointError.isInstance(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('SQLITE_')) return error;
  const facts = { cause: error, threadId };
  if (isBusy(error)) {
    return new CheckpointError('storage-busy', 'The database is locked by another process.', {
      ...facts,
      retryable: true,
    });
  }
  const isFull = code === 'SQLITE_FULL';
  const what = isFull ? 'The disk or database is full' : 'The database failed';
  return new CheckpointError('storage-failed', `${what} (${code}).`, { ...facts, retryable: isFull });
}
