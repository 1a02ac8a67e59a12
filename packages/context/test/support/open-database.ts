import { temporaryDatabase } from '@tale/test-kit';
import { migrateContext } from '../../src/store/migrations.js';

/** A migrated SQLite file. */
export async function openDatabase() {
  const database = await temporaryDatabase<unknown>();
  await migrateContext(database.kysely);
  return database;
}
