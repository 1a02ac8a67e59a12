import type { Row, Script, SqliteReader, Statement } from './types.js';

/** Runs a script with a driver that answers at once; an error of the driver is thrown into the script first. */
export function runScript<Result>(script: Script<Result>, execute: (statement: Statement) => readonly Row[]): Result {
  let step = script.next();
  while (!step.done) {
    let rows: readonly Row[];
    try {
      rows = execute(step.value);
    } catch (error) {
      step = script.throw(error);
      continue;
    }
    step = script.next(rows);
  }
  return step.value;
}

/** Runs a read on a better-sqlite3 handle, for example a read-only one while no server runs. Throws what the handle throws. */
export function readSqlite<Result>(sqlite: SqliteReader, script: Script<Result>): Result {
  return runScript(script, ({ sql, parameters }) => sqlite.prepare(sql).all(...parameters) as Row[]);
}
