import { setTimeout as sleep } from 'node:timers/promises';
import { CompiledQuery } from 'kysely';
import { CheckpointError } from '../errors.js';
import type { Database, Writer } from '../types.js';

const tries = 10;
const longestPauseMs = 50;

/** A transaction of its own for each write; waits with jitter while other processes write. */
export function ownTransactions(kysely: Database, random: () => number = Math.random): Writer {
  return {
    submit: (write) =>
      kysely.connection().execute(async (connection) => {
        // Kysely's own transactions begin deferred: a read in one that turns into a write fails without waiting.
        await begin(connection, random);
        try {
          const result = await write(connection);
          await connection.executeQuery(CompiledQuery.raw('commit'));
          return result;
        } catch (error) {
          // SQLite may have rolled back by itself, after a full disk for example.
          await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => {});
          throw error;
        }
      }),
  };
}

async function begin(connection: Database, random: () => number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.executeQuery(CompiledQuery.raw('begin immediate'));
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (attempt === tries) {
        throw new CheckpointError('storage-busy', 'The database is locked by another process.', {
          cause: error,
          retryable: true,
        });
      }
    }
    await sleep(random() * longestPauseMs);
  }
}

/** Whether SQLite says that another connection is writing. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error).startsWith('SQLITE_BUSY');
}

/** The error as one of this package where it comes from SQLite, else as it is. */
export function asStorageError(error: unknown, threadId: string): unknown {
  if (CheckpointError.isInstance(error)) return error;
  const code = sqliteCode(error);
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

function sqliteCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
