import { sql } from 'kysely';
import { bm25 } from './bm25.js';
import type { IndexHit } from './contract.js';
import {
  type IndexDriver,
  type IndexEntry,
  kindLetters,
  letterRoles,
  type NumberedQuery,
  type NumberedScope,
  type RoleLetter,
} from './index-driver.js';
import { indexTokens } from './index-tokens.js';

const candidates = 400;
const mostPositions = 256;
/** Limits of a tsvector: a position, a lexeme and all of it. */
const lastPosition = 16_383;
const lexemeBytes = 2_000;
const vectorBytes = 900_000;

interface CandidateRow {
  num: string;
  role: RoleLetter;
  tokens: number;
  lexemes: string[];
  counts: number[];
}

/**
 * The index as rows of `tsvector` made from this package's own tokens. The database finds candidates and narrows them to 400 by `ts_rank`;
 * the score is BM25 over the counts that a trigger keeps, the same as FTS5's.
 */
export const postgresIndex: IndexDriver = {
  async nextNum(db) {
    const { rows } = await sql<{ num: string }>`select nextval('context_sequence') as num`.execute(db);
    return Number(rows[0]!.num);
  },
  async add(db, entry) {
    const { vector, tokens } = vectorOf(entry);
    await sql`insert into context_index (num, conversation_num, owner_num, project_num, is_private, role, tokens, words)
      values (${entry.num}, ${entry.conversationNum}, ${entry.ownerNum}, ${entry.projectNum}, ${entry.isPrivate ? 1 : 0},
        ${entry.role}, ${tokens}, ${vector}::tsvector)`.execute(db);
  },
  async remove(db, nums) {
    if (nums.length === 0) return;
    await sql`delete from context_index where num in (${sql.join(nums)})`.execute(db);
  },
  async search(db, query) {
    const tokens = [...new Set(query.words.flat().flatMap(indexTokens))];
    const expression = wordExpression(query);
    const at = sql`coalesce(m.created_at, y.created_at, s.created_at)`;
    const conditions = [sql`i.words @@ ${expression}::tsquery`, scopeCondition(query.scope)];
    if (query.sinceMs !== null) conditions.push(sql`${at} >= ${query.sinceMs}`);
    if (query.untilMs !== null) conditions.push(sql`${at} <= ${query.untilMs}`);
    if (query.before) conditions.push(sql`(${at}, i.num) < (${query.before.atMs}, ${query.before.num})`);
    for (const { conversationNum, toSeq } of query.scope.chain ?? []) {
      if (!Number.isFinite(toSeq)) continue;
      conditions.push(
        sql`(i.conversation_num is distinct from ${conversationNum} or coalesce(m.seq, s.to_seq) <= ${toSeq})`,
      );
    }
    const isNewest = query.order === 'newest';
    const order = isNewest
      ? sql`${at} desc, i.num desc`
      : sql`ts_rank(i.words, ${expression}::tsquery) desc, i.num desc`;
    const limit = isNewest ? query.limit : Math.max(candidates, query.limit);
    const { rows } = await sql<CandidateRow>`select f.num, f.role, f.tokens, array_agg(w.lexeme) as lexemes,
        array_agg(coalesce(cardinality(w.positions), 1)) as counts
      from (select i.num, i.role, i.tokens, i.words, row_number() over (order by ${order}) as place from context_index i
        left join context_messages m on m.num = i.num left join context_memories y on y.num = i.num
        left join context_summaries s on s.num = i.num
        where ${sql.join(conditions, sql` and `)} order by ${order} limit ${limit}) f
      cross join lateral unnest(f.words) w where w.lexeme = any(${tokens}::text[])
      group by f.num, f.role, f.tokens, f.place order by f.place`.execute(db);
    const { documents, averageTokens, of } = await postgresIndex.frequencies(db, tokens);
    const scored = rows.map((row): IndexHit => {
      const counts = new Map(row.lexemes.map((lexeme, index) => [lexeme, row.counts[index] ?? 0]));
      const phrases = query.words.flat().map((form) => {
        const parts = indexTokens(form);
        return {
          count: Math.min(...parts.map((token) => counts.get(token) ?? 0)),
          documents: Math.min(...parts.map((token) => of.get(token) ?? 0)),
        };
      });
      const score = bm25({ phrases, documents, tokens: Number(row.tokens), averageTokens });
      return { num: Number(row.num), kind: kindLetters[row.role]!, role: letterRoles[row.role], score };
    });
    if (!isNewest) scored.sort((a, b) => b.score - a.score || b.num - a.num);
    return scored.slice(0, query.limit);
  },
  async frequencies(db, tokens) {
    const totals = await sql<{
      documents: string;
      tokens: string;
    }>`select documents, tokens from context_totals`.execute(db);
    const found = await sql<{ term: string; documents: string }>`select term, documents from context_terms
      where term = any(${[...tokens]}::text[])`.execute(db);
    const counts = new Map(found.rows.map((row) => [row.term, Number(row.documents)]));
    const of = new Map(tokens.map((token) => [token, counts.get(token) ?? 0]));
    const documents = Number(totals.rows[0]!.documents);
    const averageTokens = Math.max(1, Number(totals.rows[0]!.tokens) / Math.max(1, documents));
    return { documents, averageTokens, of };
  },
  async differences(db) {
    const rows = sql`select num from context_messages where status <> 'open' and role <> 'system'
      union all select num from context_memories union all select num from context_summaries where state = 'active'`;
    const index = sql`select num from context_index`;
    const only = async (first: typeof rows, second: typeof rows) => {
      const found = await sql<{ num: string }>`select num from ((${first}) except (${second})) d limit 1000`.execute(
        db,
      );
      return found.rows.map(({ num }) => Number(num));
    };
    return { onlyIndex: await only(index, rows), onlyRows: await only(rows, index) };
  },
};

function scopeCondition(scope: NumberedScope): ReturnType<typeof sql> {
  const placed = scope.roles.filter((role) => role !== 'm');
  const choices: ReturnType<typeof sql>[] = [];
  if (placed.length > 0) {
    const place = scope.chain
      ? sql`i.conversation_num in (${sql.join(scope.chain.map((part) => part.conversationNum))})`
      : sql`i.owner_num = ${scope.ownerNum} and (${scope.withPrivate ? 1 : 0} = 1 or i.is_private = 0)
          and (${scope.projectNum}::bigint is null or i.project_num = ${scope.projectNum})`;
    choices.push(sql`(i.role in (${sql.join(placed)}) and ${place})`);
  }
  if (scope.roles.includes('m') && scope.ownerNum !== null) {
    choices.push(sql`(i.role = 'm' and i.owner_num = ${scope.ownerNum} and (${scope.projectNum}::bigint is null
      or i.project_num in (${scope.projectNum}, ${scope.generalNum})))`);
  }
  return sql`(${sql.join(choices, sql` or `)})`;
}

function wordExpression({ words, match }: NumberedQuery): string {
  const groups = words.map(
    (forms) => `(${forms.map((form) => `(${indexTokens(form).map(quoted).join(' <-> ')})`).join(' | ')})`,
  );
  return groups.join(match === 'all' ? ' & ' : ' | ');
}

/** The words of an entry as a tsvector with their places, and its length as FTS5 counts it: the words of its scope included. */
function vectorOf(entry: IndexEntry): { vector: string; tokens: number } {
  const found = indexTokens(entry.grams === null ? entry.text : `${entry.text} ${entry.grams}`);
  const places = new Map<string, number[]>();
  found.forEach((token, index) => {
    const at = places.get(token);
    if (!at) places.set(token, [Math.min(index + 1, lastPosition)]);
    else if (at.length < mostPositions && index < lastPosition) at.push(index + 1);
  });
  const parts: string[] = [];
  let bytes = 0;
  for (const [token, at] of places) {
    const size = Buffer.byteLength(token);
    bytes += size + 4 + at.length * 2;
    if (size > lexemeBytes) continue;
    if (bytes > vectorBytes) break;
    parts.push(`${quoted(token)}:${at.join(',')}`);
  }
  return { vector: parts.join(' '), tokens: found.length + (entry.conversationNum === null ? 1 : 2) };
}

function quoted(token: string): string {
  return `'${token.replaceAll(/['\\]/g, '$&$&')}'`;
}
