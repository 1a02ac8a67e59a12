import { sql } from 'kysely';
import type { Row, Script, Statement } from '../queries/types.js';
import type { AbortOptions, AnyKysely } from '../types.js';

/** Runs a script through Kysely; see {@link AbortOptions} for `signal`. */
export async function runScriptKysely<Result>(
  script: Script<Result>,
  kysely: AnyKysely,
  { signal }: AbortOptions = {},
): Promise<Result> {
  signal?.throwIfAborted();
  let step = script.next();
  while (!step.done) {
    let rows: readonly Row[];
    try {
      signal?.throwIfAborted();
      rows = await execute(step.value, kysely);
    } catch (error) {
      step = script.throw(error);
      continue;
    }
    step = script.next(rows);
  }
  return step.value;
}

async function execute(statement: Statement, kysely: AnyKysely): Promise<readonly Row[]> {
  // As a template, so that Kysely writes the placeholders of its own dialect.
  const parts = statement.sql.split('?') as unknown as TemplateStringsArray;
  const { rows } = await sql<Row>(parts, ...statement.parameters).execute(kysely);
  return rows;
}
