import { CompiledQuery } from 'kysely';
import type { SqliteHandle, SqliteStatement } from '../types.js';
import type { Dialect } from './dialect.js';
import type { Tables } from './index-driver.js';

/** Runs a statement with `?` for its parameters; for the few that every append needs. */
export type RunStatement = <Row>(db: Tables, text: string, parameters: readonly unknown[]) => Promise<readonly Row[]>;

/** Statements through Kysely. */
export function kyselyStatements(dialect: Dialect): RunStatement {
  const texts = new Map<string, string>();
  const asWritten = (text: string) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    let count = 0;
    const written = dialect === 'postgres' ? text.replaceAll('?', () => `$${++count}`) : text;
    texts.set(text, written);
    return written;
  };
  return async <Row>(db: Tables, text: string, parameters: readonly unknown[]) => {
    const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(asWritten(text), [...parameters]));
    return rows;
  };
}

/**
 * Statements that are prepared once, on the connection that Kysely uses: preparing costs as much as running them. A handle that is not in
 * the transaction is another connection, and the statement goes through Kysely.
 */
export function preparedStatements(sqlite: SqliteHandle, otherwise: RunStatement): RunStatement {
  const prepared = new Map<string, SqliteStatement>();
  return async <Row>(db: Tables, text: string, parameters: readonly unknown[]) => {
    if (!sqlite.inTransaction) return otherwise<Row>(db, text, parameters);
    const statement = prepared.get(text) ?? sqlite.prepare(text);
    prepared.set(text, statement);
    if (statement.reader) return statement.all(...parameters) as Row[];
    statement.run(...parameters);
    return [];
  };
}
