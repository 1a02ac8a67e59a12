import { CompiledQuery } from 'kysely';
import { type Plan, type Row, runPlanAsync } from '../../queries/plan.js';
import type { Database } from '../../types.js';

type Parameters = readonly (string | number | null)[];

/** Rows of a statement. */
export async function select(db: Database, sql: string, parameters: Parameters = []): Promise<Row[]> {
  return (await db.executeQuery<Row>(CompiledQuery.raw(sql, [...parameters]))).rows;
}

/** Runs a statement; how many rows it changed. */
export async function change(db: Database, sql: string, parameters: Parameters = []): Promise<number> {
  return Number((await db.executeQuery(CompiledQuery.raw(sql, [...parameters]))).numAffectedRows ?? 0);
}

/** Runs a read of `queries/`. */
export function run<Result>(db: Database, plan: Plan<Result>): Promise<Result> {
  return runPlanAsync(plan, ({ sql, parameters }) => select(db, sql, parameters));
}
