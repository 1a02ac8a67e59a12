import { writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { createContext, type Writer } from '../../src/index.js';
import { ownTransactions } from '../../src/store/own-transactions.js';

// Started as `forgetter.mjs <database> <text>`; deletes until it is killed, and tells each transaction on stdout.
const [path = '', text = ''] = process.argv.slice(2);
const sqlite = new Database(path, { timeout: 1_000 });
const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
const inner = ownTransactions(kysely);
const writer: Writer = {
  async submit(write) {
    const result = await inner.submit(write);
    writeSync(1, 'write\n');
    return result;
  },
};
const context = createContext({ kysely, writer });
await context.forget(text === '' ? { project: 'secret' } : { text });
writeSync(1, 'done\n');
await kysely.destroy();
