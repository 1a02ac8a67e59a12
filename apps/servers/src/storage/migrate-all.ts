import { migrateCheckpoints } from '@tale/checkpoints';
import { migrateContext } from '@tale/context';
import { migrateTasks } from '@tale/tasks';
import { migrateTokens } from '@tale/token-tracker';
import type { OpenDatabase } from './open-database.js';

/** Brings the tables of every storing library up to date. The servers start at the same time and each calls it first. */
export async function migrateAll({ kysely }: OpenDatabase): Promise<void> {
  await migrateTasks(kysely);
  await migrateCheckpoints(kysely);
  await migrateTokens(kysely);
  await migrateContext(kysely);
}
