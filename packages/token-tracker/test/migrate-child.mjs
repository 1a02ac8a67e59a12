// Arguments: folder of the bundle, database file. Migrates the file.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';

const [folder, path] = process.argv.slice(2);
const { migrateTokens } = await import(join(folder, 'index.js'));
const sqlite = new Database(path, { timeout: 20 });
sqlite.pragma('journal_mode = WAL');
const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
await migrateTokens(kysely);
await kysely.destroy();
