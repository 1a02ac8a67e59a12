import { manualClock, temporaryDatabase } from '@tale/test-kit';
import { type Context, type ContextOptions, createContext, type Database, migrateContext } from '../../src/index.js';
import { postgresDatabase } from './postgres-database.js';

/** A context on a database of its own. */
export interface OpenedContext extends AsyncDisposable {
  readonly context: Context;
  readonly kysely: Database;
  readonly clock: ReturnType<typeof manualClock>;
  /** Another context on the same database. */
  again(more?: Partial<ContextOptions>): Context;
}

/** Opens a context on SQLite, or on the PostgreSQL server behind a socket. */
export async function openContext(
  socket: string | null,
  options: Partial<ContextOptions> = {},
): Promise<OpenedContext> {
  const database = socket === null ? await temporaryDatabase<unknown>() : await postgresDatabase(socket);
  await migrateContext(database.kysely);
  const clock = manualClock();
  const opened: Context[] = [];
  const make = (more: Partial<ContextOptions>) => {
    const context = createContext({ kysely: database.kysely, clock, ...options, ...more });
    opened.push(context);
    return context;
  };
  return {
    context: make({}),
    kysely: database.kysely,
    clock,
    again: (more = {}) => make(more),
    async [Symbol.asyncDispose]() {
      for (const context of opened) await context.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
