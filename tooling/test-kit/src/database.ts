import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { temporaryFolder } from './folder.js';

/** A real SQLite file in a folder of its own, and handles on it. */
export interface TemporaryDatabase<Tables> extends AsyncDisposable {
  readonly path: string;
  readonly sqlite: Database.Database;
  readonly kysely: Kysely<Tables>;
  /** Opens the same file once more, as another process would. Closed with the database. */
  open(): { sqlite: Database.Database; kysely: Kysely<Tables> };
}

/** Opens a new SQLite file the way tale's servers do: WAL, FULL, foreign keys. */
export async function temporaryDatabase<Tables>(): Promise<TemporaryDatabase<Tables>> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'test.db');
  const opened: Kysely<Tables>[] = [];
  const open = () => {
    const sqlite = new Database(path, { timeout: 1_000 });
    sqlite.pragma('journal_mode = WAL');
    sqlite.pragma('synchronous = FULL');
    sqlite.pragma('foreign_keys = ON');
    const kysely = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqlite }) });
    opened.push(kysely);
    return { sqlite, kysely };
  };
  return {
    path,
    ...open(),
    open,
    async [Symbol.asyncDispose]() {
      for (const kysely of opened) await kysely.destroy();
      await folder[Symbol.asyncDispose]();
    },
  };
}
