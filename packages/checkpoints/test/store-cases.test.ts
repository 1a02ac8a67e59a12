import { temporaryDatabase } from '@tale/test-kit';
import { describe, it } from 'vitest';
import { createCheckpoints, type Database, migrateCheckpoints, type Writer } from '../src/index.js';
import { groupWriter, type StoreUnderTest, storeCases } from '../src/testing/index.js';

async function create(writerOf: (kysely: Database) => { writer?: Writer }): Promise<StoreUnderTest> {
  const database = await temporaryDatabase();
  await migrateCheckpoints(database.kysely);
  return {
    checkpoints: createCheckpoints({ kysely: database.kysely, ...writerOf(database.kysely) }),
    again: () => {
      const { kysely } = database.open();
      return createCheckpoints({ kysely, ...writerOf(kysely) });
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

describe.each([
  ['a transaction for each write', () => ({})],
  ['a writer that commits in groups', (kysely: Database) => ({ writer: groupWriter(kysely) })],
] as const)('with %s', (_, writerOf) => {
  for (const { name, run } of storeCases) it(name, () => run(() => create(writerOf)));
});
