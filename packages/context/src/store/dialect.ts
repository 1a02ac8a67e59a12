import type { Database } from '../types.js';

/** The databases that this package runs on. */
export type Dialect = 'sqlite' | 'postgres';

/** Which database a Kysely instance speaks to; told by its adapter, because classes of two installed copies differ. */
export function dialectOf(kysely: Database): Dialect {
  return kysely.getExecutor().adapter.supportsTransactionalDdl ? 'postgres' : 'sqlite';
}
