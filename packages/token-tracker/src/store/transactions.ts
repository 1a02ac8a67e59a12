import { runScript } from '../queries/run-script.js';
import type { Row, Script, Statement } from '../queries/types.js';
import type { SqliteHandle, SqliteStatement, Writer } from '../types.js';
import { isBusy, retryBusy } from './busy.js';
import { runScriptKysely } from './run-script-kysely.js';

/** Runs a script in one write transaction; the script is made anew for each try. */
export type RunTransaction = <Result>(script: () => Script<Result>) => Result | Promise<Result>;

/** Transactions through a {@link Writer}. */
export function writerTransactions(writer: Writer): RunTransaction {
  return async (script) => {
    const startedAtMs = performance.now();
    const run = () => writer.submit((transaction) => runScriptKysely(script(), transaction));
    try {
      return await run();
    } catch (error) {
      if (!isBusy(error)) throw error;
      return retryBusy(startedAtMs, run);
    }
  };
}

/** Transactions on a better-sqlite3 handle: unless another connection writes, committed before the call returns. */
export function sqliteTransactions(sqlite: SqliteHandle): RunTransaction {
  const prepared = new Map<string, SqliteStatement>();
  const prepare = (text: string) => {
    const known = prepared.get(text);
    if (known) return known;
    const statement = sqlite.prepare(text);
    prepared.set(text, statement);
    return statement;
  };
  const execute = ({ sql, parameters }: Statement) => {
    const statement = prepare(sql);
    if (statement.reader) return statement.all(...parameters) as Row[];
    statement.run(...parameters);
    return [];
  };
  const run = <Result>(script: () => Script<Result>): Result => {
    if (sqlite.inTransaction) {
      throw Object.assign(new Error('another user of the handle has a transaction open on it'), {
        code: 'SQLITE_BUSY',
      });
    }
    prepare('BEGIN IMMEDIATE').run();
    try {
      const result = runScript(script(), execute);
      prepare('COMMIT').run();
      return result;
    } catch (error) {
      if (sqlite.inTransaction) prepare('ROLLBACK').run();
      throw error;
    }
  };
  return (script) => {
    const startedAtMs = performance.now();
    try {
      return run(script);
    } catch (error) {
      if (!isBusy(error)) throw error;
      return retryBusy(startedAtMs, () => run(script));
    }
  };
}
