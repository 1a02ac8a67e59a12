/** One statement with its parameters; `?` marks their places. */
export interface Query {
  /** SQL text. */
  readonly sql: string;
  /** In the order of their places. */
  readonly parameters: readonly (string | number | null)[];
}

/** A row as the database returns it. */
export type Row = Record<string, unknown>;

/** A read that yields its statements and is given their rows, so that it runs on any kind of handle. */
export type Plan<Result> = Generator<Query, Result, readonly Row[]>;

/** Runs a plan on a handle that answers at once. */
export function runPlan<Result>(plan: Plan<Result>, read: (query: Query) => readonly Row[]): Result {
  let step = plan.next();
  while (!step.done) step = plan.next(read(step.value));
  return step.value;
}

/** Runs a plan on a handle that answers later. */
export async function runPlanAsync<Result>(
  plan: Plan<Result>,
  read: (query: Query) => Promise<readonly Row[]>,
): Promise<Result> {
  let step = plan.next();
  while (!step.done) step = plan.next(await read(step.value));
  return step.value;
}
