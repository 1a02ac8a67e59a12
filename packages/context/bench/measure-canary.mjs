import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

const canary = 'zqcanaryx';

/** Rows of every kind with a canary in every text, forgotten; then the bytes of every file. */
export async function measure({ library, folder, quick }) {
  const { Kysely, SqliteDialect, createContext, migrateContext, openStore, seedRows } = library;
  const sqlite = new Database(join(folder, 'canary.db'));
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = FULL');
  const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
  await migrateContext(kysely);
  const store = openStore({ kysely });
  await seedRows(store, { conversationId: 'other', project: 'other', canary: 'harmless', messages: 50 });
  await seedRows(store, { conversationId: `c-${canary}`, project: `p-${canary}`, canary, messages: quick ? 50 : 300 });
  await store.write((queries) => queries.learned.put(`margin-${canary}`, { canary }, 1));
  const context = createContext({ kysely });
  const { rows } = await context.forget({ everything: true });
  const kinds = Object.values(rows).filter((count) => count > 0).length;
  const files = readdirSync(folder);
  const holding = files.filter((name) => readFileSync(join(folder, name)).includes(canary)).length;
  await context.close();
  await kysely.destroy();
  return { kinds: { value: kinds, n: kinds }, files: { value: holding, n: files.length } };
}
