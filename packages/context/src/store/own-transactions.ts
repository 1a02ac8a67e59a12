import { setTimeout as sleep } from 'node:timers/promises';
import { CompiledQuery } from 'kysely';
import type { Database, Writer } from '../types.js';
import { dialectOf } from './dialect.js';
import { asContextError, isBusy } from './failures.js';

export const defaultPatienceMs = 5_000;
const longestPauseMs = 40;
const [commit, rollback] = [CompiledQuery.raw('commit'), CompiledQuery.raw('rollback')];
const begin = { sqlite: CompiledQuery.raw('begin immediate'), postgres: CompiledQuery.raw('begin') };

/** Writers of one database wait for each other here, as they do on SQLite by themselves: counts of words and seqs need no retries then. */
const takeTurn = [
  CompiledQuery.raw(`set local lock_timeout = '10s'`),
  CompiledQuery.raw(`select pg_advisory_xact_lock(hashtext('@tale/context'))`),
];

/** How long a write waits for others. */
export interface Patience {
  /** @defaultValue 5000 */
  readonly patienceMs?: number | undefined;
  readonly random?: (() => number) | undefined;
}

/** A transaction of its own for each write; waits with jitter while other processes write. */
export function ownTransactions(kysely: Database, patience: Patience = {}): Writer {
  const dialect = dialectOf(kysely);
  return {
    submit: (write) =>
      kysely.connection().execute(async (connection) => {
        await beginPatiently(connection, begin[dialect], patience);
        try {
          if (dialect === 'postgres') await takeWriterTurn(connection);
          const result = await write(connection);
          await connection.executeQuery(commit);
          return result;
        } catch (error) {
          // SQLite may have rolled back by itself, after a full disk for example.
          await connection.executeQuery(rollback).catch(() => {});
          throw asContextError(error);
        }
      }),
  };
}

/** Waits for the other writers of a PostgreSQL database; held to the end of the transaction, harmless if held already. */
export async function takeWriterTurn(connection: Database): Promise<void> {
  for (const statement of takeTurn) await connection.executeQuery(statement);
}

async function beginPatiently(
  connection: Database,
  statement: CompiledQuery,
  { patienceMs = defaultPatienceMs, random = Math.random }: Patience,
): Promise<void> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      await connection.executeQuery(statement);
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > endMs) throw asContextError(error);
    }
    await sleep(1 + random() * longestPauseMs);
  }
}
