import { once } from 'node:events';
import { writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { createContext } from '../../src/index.js';

// Started as `holder.mjs <database>`: reads everything, keeps the database open until a line comes on stdin, then tells what it finds.
const [path = ''] = process.argv.slice(2);
const sqlite = new Database(path, { timeout: 1_000 });
sqlite.pragma('journal_mode = WAL');
const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
const context = createContext({ kysely });
const countMessages = () =>
  sqlite.prepare('select count(*) as n, max(text) as t from context_messages').get() as { n: number };
await context.conversations.create({ id: `of ${process.pid}` });
writeSync(1, `holds ${countMessages().n}\n`);
await once(process.stdin, 'data');
writeSync(1, `finds ${countMessages().n}\n`);
await context.close();
await kysely.destroy();
process.stdin.destroy();
