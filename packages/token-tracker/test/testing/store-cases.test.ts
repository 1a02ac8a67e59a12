import { temporaryDatabase } from '@tale/test-kit';
import { describe, it } from 'vitest';
import { migrateTokens, type TokenTrackerOptions } from '../../src/index.js';
import { type StoreOptions, storeCases } from '../../src/testing/index.js';
import { groupWriter } from '../group-writer.js';

type Handles = Pick<TokenTrackerOptions, 'kysely'> & { sqlite: NonNullable<TokenTrackerOptions['sqlite']> };

// TOKENS-2: every way of writing passes the same cases.
const stores: Record<string, (handles: Handles) => StoreOptions> = {
  'better-sqlite3 handle': ({ kysely, sqlite }) => ({ kysely, sqlite }),
  'own transactions through Kysely': ({ kysely }) => ({ kysely }),
  'writer that commits in groups': ({ kysely }) => ({ kysely, writer: groupWriter(kysely) }),
};

for (const [name, options] of Object.entries(stores)) {
  describe(name, () => {
    for (const storeCase of storeCases) {
      it(storeCase.name, () =>
        storeCase.run(async () => {
          const database = await temporaryDatabase();
          await migrateTokens(database.kysely);
          const unblocking = <Each extends typeof database | ReturnType<typeof database.open>>(each: Each) => {
            each.sqlite.pragma('busy_timeout = 0');
            return each;
          };
          return {
            options: options(unblocking(database)),
            other: () => options(unblocking(database.open())),
            [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
          };
        }),
      );
    }
  });
}
