import { ContextError } from '../errors.js';
import type { Database, SqliteHandle, Writer } from '../types.js';
import type { ContextStore, StoreQueries } from './contract.js';
import { dialectOf } from './dialect.js';
import { asContextError } from './failures.js';
import type { IndexDriver } from './index-driver.js';
import { defaultPatienceMs, ownTransactions, takeWriterTurn } from './own-transactions.js';
import { postgresIndex } from './postgres-index.js';
import { createQueries } from './queries/create-queries.js';
import { kyselyStatements, preparedStatements } from './run-statement.js';
import { sqliteIndex } from './sqlite-index.js';
import { createTurns } from './take-turns.js';

/** The store with what only deletion and verification need. */
export interface OpenStore extends ContextStore {
  readonly kysely: Database;
  readonly index: IndexDriver;
  /** Every query inside a transaction of `transact`. */
  bind(trx: Database): StoreQueries;
  /** A write transaction that has the connection itself. */
  transact<Result>(run: (trx: Database) => Promise<Result>, signal?: AbortSignal): Promise<Result>;
}

interface StoreOptions {
  readonly kysely: Database;
  readonly sqlite?: SqliteHandle | undefined;
  readonly writer?: Writer | undefined;
  /** How long a write waits for other processes; what has waited as long is not tried again. */
  readonly patienceMs?: number | undefined;
}

/** Deleted and changed text is overwritten in the file; a setting of the connection. */
const secureDelete = 'pragma secure_delete = on';

/** Opens the tables of `migrateContext`. A write that met another writer is tried once more. */
export function openStore({ kysely, sqlite, writer, patienceMs = defaultPatienceMs }: StoreOptions): OpenStore {
  const dialect = dialectOf(kysely);
  const throughKysely = kyselyStatements(dialect);
  const statement = sqlite && dialect === 'sqlite' ? preparedStatements(sqlite, throughKysely) : throughKysely;
  const index = dialect === 'sqlite' ? sqliteIndex(statement) : postgresIndex;
  const transactions = writer ?? ownTransactions(kysely, { patienceMs });
  const bind = (db: Database) => createQueries(db, index, statement);
  const reading = bind(kysely);
  const takeTurn = dialect === 'sqlite' ? createTurns() : async () => {};

  async function once<Result>(run: (trx: Database) => Promise<Result>): Promise<Result> {
    return transactions.submit(async (trx) => {
      if (dialect === 'sqlite') await statement(trx, secureDelete, []);
      else if (writer) await takeWriterTurn(trx);
      return run(trx);
    });
  }

  async function transact<Result>(run: (trx: Database) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    await takeTurn();
    signal?.throwIfAborted();
    const startedMs = performance.now();
    try {
      return await once(run);
    } catch (error) {
      const failure = asContextError(error);
      if (!isWorthAnotherTry(failure) || performance.now() - startedMs >= patienceMs) throw failure;
    }
    signal?.throwIfAborted();
    try {
      return await once(run);
    } catch (error) {
      throw asContextError(error);
    }
  }

  return {
    dialect,
    kysely,
    index,
    bind,
    transact,
    async read(run, { signal } = {}) {
      signal?.throwIfAborted();
      await takeTurn();
      try {
        signal?.throwIfAborted();
        const result = await run(reading);
        signal?.throwIfAborted();
        return result;
      } catch (error) {
        throw signal?.aborted && error === signal.reason ? error : asContextError(error);
      }
    },
    write: (run, { signal } = {}) => transact((trx) => run(bind(trx)), signal),
  };
}

function isWorthAnotherTry(error: unknown): boolean {
  return ContextError.isInstance(error) && error.retryable && error.code !== 'store-full';
}
