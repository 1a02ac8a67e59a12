import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { type Kysely as AnyKysely, Kysely, SqliteDialect } from 'kysely';
import { ServerError } from '../server/server-error.js';

/** One handle on tale's SQLite file. */
export interface OpenDatabase {
  readonly sqlite: Database.Database;
  // biome-ignore lint/suspicious/noExplicitAny: each storing library brings its own tables.
  readonly kysely: AnyKysely<any>;
  close(): Promise<void>;
}

export interface OpenDatabaseOptions {
  readonly file: string;
  /** `FULL` for what must survive a power cut; `NORMAL` for rows that may lose the last moments of one. */
  readonly synchronous: 'FULL' | 'NORMAL';
}

/** SQLite's own wait blocks the event loop and is unfair: whoever writes waits without blocking and tries again. */
const busyTimeoutMs = 20;

/**
 * Opens tale's SQLite file by the rules that all servers share: made 0600, never through a link, WAL, no schema code of a foreign file.
 */
export function openDatabase({ file, synchronous }: OpenDatabaseOptions): OpenDatabase {
  ensurePrivateFile(file);
  const sqlite = open(file);
  sqlite.pragma(`synchronous = ${synchronous}`);
  sqlite.pragma('foreign_keys = ON');
  sqlite.pragma('trusted_schema = OFF');
  sqlite.pragma('cell_size_check = ON');
  sqlite.pragma(`busy_timeout = ${busyTimeoutMs}`);
  const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
  return { sqlite, kysely, close: () => kysely.destroy() };
}

/** All servers open it at the same moment, and the first one makes it: that is waited for. */
const openTimeoutMs = 5_000;

function open(file: string): Database.Database {
  const sqlite = new Database(file, { timeout: openTimeoutMs });
  try {
    sqlite.pragma('journal_mode = WAL');
    return sqlite;
  } catch (cause) {
    sqlite.close();
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code !== 'SQLITE_NOTADB' && code !== 'SQLITE_CORRUPT') throw cause;
    throw new ServerError('storage-failed', `${file} is damaged: it is no SQLite database.`, {
      cause,
      hint: `Restore it from a copy, or begin anew: mv ${file} ${file}.damaged`,
    });
  }
}

function ensurePrivateFile(file: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (cause) {
    throw new ServerError('data-unsafe', `${file} cannot be opened for writing.`, {
      cause,
      hint: 'Check that the data directory is yours and writable, and that the file is no link.',
    });
  }
  try {
    const stats = fstatSync(descriptor);
    const own = typeof process.getuid !== 'function' || stats.uid === process.getuid();
    if (!stats.isFile() || !own || (process.platform !== 'win32' && (stats.mode & 0o077) !== 0)) {
      throw new ServerError('data-unsafe', `${file} is not a private file of this user.`, {
        hint: `chmod 600 ${file}`,
      });
    }
  } finally {
    closeSync(descriptor);
  }
}
