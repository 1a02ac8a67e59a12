import { temporaryDatabase } from '@tale/test-kit';
import { describe, inject, it } from 'vitest';
import { type Context, type ContextOptions, createContext, type Database, migrateContext } from '../src/index.js';
import { type CreateStore, storeCases } from '../src/testing/index.js';
import { groupWriter } from './support/group-writer.js';
import { postgresDatabase } from './support/postgres-database.js';

type WriterOf = (kysely: Database) => Pick<ContextOptions, 'writer'>;

function underTest(kysely: Database, open: () => Database, writerOf: WriterOf, end: () => Promise<void>): CreateStore {
  return async (options = {}) => {
    const opened: Context[] = [];
    const make = (database: Database, more: Partial<ContextOptions>) => {
      const context = createContext({ kysely: database, ...writerOf(database), ...more });
      opened.push(context);
      return context;
    };
    return {
      context: make(kysely, options),
      again: (more = {}) => make(open(), more),
      async [Symbol.asyncDispose]() {
        for (const context of opened) await context.close();
        await end();
      },
    };
  };
}

const createSqlite =
  (writerOf: WriterOf): CreateStore =>
  async (options) => {
    const database = await temporaryDatabase<unknown>();
    await migrateContext(database.kysely);
    const end = async () => database[Symbol.asyncDispose]();
    return underTest(database.kysely, () => database.open().kysely, writerOf, end)(options);
  };

describe.each<[string, WriterOf]>([
  ['a transaction for each write', () => ({})],
  ['a writer that commits in groups', (kysely) => ({ writer: groupWriter(kysely) })],
])('SQLite with %s', (_, writerOf) => {
  for (const { name, run } of storeCases) it(name, () => run(createSqlite(writerOf)));
});

const socket = inject('postgresSocket');

describe.skipIf(socket === null)(`PostgreSQL${socket === null ? ' (not run: no server is installed)' : ''}`, () => {
  const createPostgres: CreateStore = async (options) => {
    const database = await postgresDatabase(socket!);
    const end = async () => database[Symbol.asyncDispose]();
    return underTest(
      database.kysely,
      () => database.open(),
      () => ({}),
      end,
    )(options);
  };
  for (const { name, run } of storeCases) it(name, () => run(createPostgres));
});
