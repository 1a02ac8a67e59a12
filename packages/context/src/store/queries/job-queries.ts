import { sql } from 'kysely';
import type { JsonValue } from '../../types.js';
import type { StoreQueries } from '../contract.js';
import type { Tables } from '../index-driver.js';
import { jobOf } from '../rows.js';
import type { JobTable } from '../schema.js';
import { likePattern } from './conversation-queries.js';

/** Queries of jobs. */
export function jobQueries(db: Tables): StoreQueries['jobs'] {
  return {
    async add(row) {
      await db
        .insertInto('context_jobs')
        .values({
          key: row.key,
          kind: row.kind,
          payload: JSON.stringify(row.payload),
          state: 'waiting',
          attempts: 0,
          lease_until: null,
          created_at: row.createdAtMs,
        })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute();
    },
    async claim(kinds, nowMs, leaseMs) {
      const { rows } = await sql<JobTable>`update context_jobs set state = 'running', attempts = attempts + 1,
        lease_until = ${nowMs + leaseMs} where key = (select key from context_jobs where kind in (${sql.join(kinds)})
          and (state = 'waiting' or (state = 'running' and lease_until < ${nowMs})) order by created_at, key limit 1)
        returning *`.execute(db);
      return rows[0] ? jobOf(rows[0]) : null;
    },
    async end(key, state) {
      await db.updateTable('context_jobs').set({ state, lease_until: null }).where('key', '=', key).execute();
    },
    async release(key) {
      await sql`update context_jobs set state = 'waiting', lease_until = null, attempts = attempts - 1
        where key = ${key} and state = 'running'`.execute(db);
    },
    async get(key) {
      const row = await db.selectFrom('context_jobs').selectAll().where('key', '=', key).executeTakeFirst();
      return row ? jobOf(row) : null;
    },
    async list(kind) {
      const rows = await db
        .selectFrom('context_jobs')
        .selectAll()
        .where('kind', '=', kind)
        .orderBy('created_at')
        .orderBy('key')
        .execute();
      return rows.map(jobOf);
    },
    async delete(keyPrefix) {
      const pattern = likePattern(keyPrefix).slice(1);
      const { numDeletedRows } = await db
        .deleteFrom('context_jobs')
        .where(sql<boolean>`lower(key) like ${pattern} escape '!'`)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

/** Queries of what was learnt. */
export function learnedQueries(db: Tables): StoreQueries['learned'] {
  return {
    async get(key) {
      const row = await db.selectFrom('context_learned').select('value').where('key', '=', key).executeTakeFirst();
      return row ? (JSON.parse(row.value) as JsonValue) : null;
    },
    async put(key, value, nowMs) {
      const values = { value: JSON.stringify(value), updated_at: nowMs };
      await db
        .insertInto('context_learned')
        .values({ key, ...values })
        .onConflict((conflict) => conflict.column('key').doUpdateSet(values))
        .execute();
    },
  };
}
