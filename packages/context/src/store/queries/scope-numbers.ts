import { sql } from 'kysely';
import type { Tables } from '../index-driver.js';

/** Number of an owner (`project` is `null`) or of one of its projects (`''` is none); made where there is none. */
export async function scopeNumber(db: Tables, owner: string, project: string | null): Promise<number> {
  const known = await findScopeNumber(db, owner, project);
  if (known !== null) return known;
  const { rows } = await sql<{ num: number }>`insert into context_scopes (num, owner, project)
    select coalesce(max(num), 0) + 1, ${owner}, ${project} from context_scopes returning num`.execute(db);
  return Number(rows[0]!.num);
}

/** The same, `null` where there is none. */
export async function findScopeNumber(db: Tables, owner: string, project: string | null): Promise<number | null> {
  const row = await db
    .selectFrom('context_scopes')
    .select('num')
    .where('owner', '=', owner)
    .where('project', project === null ? 'is' : '=', project)
    .executeTakeFirst();
  return row ? Number(row.num) : null;
}

/** Takes the names of owners and projects away that nothing belongs to. */
export async function dropUnusedScopes(db: Tables): Promise<void> {
  await sql`delete from context_scopes where not exists (select 1 from context_conversations c
      where context_scopes.num in (c.owner_num, c.project_num))
    and not exists (select 1 from context_memories m where context_scopes.num in (m.owner_num, m.project_num))`.execute(
    db,
  );
}
