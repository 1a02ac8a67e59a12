import { sql } from 'kysely';
import { bm25 } from './bm25.js';
import type { IndexHit } from './contract.js';
import type { IndexDriver, IndexEntry, NumberedQuery, NumberedScope, Tables } from './index-driver.js';
import { createTokenizer } from './index-tokens.js';
import type { RunStatement } from './run-statement.js';

interface FoundRow {
  num: number;
  score: number;
  kind: IndexHit['kind'];
  role: IndexHit['role'];
}

const nextNum = 'update context_sequence set last = last + 1 returning last';
const insert = 'insert into context_fts (rowid, text, scope) values (?, ?, ?)';

/**
 * The index as an FTS5 table over the view `context_source`. Where a row may be found is one word in its indexed column `scope`, so that a
 * search in one conversation reads only its rows.
 */
export function sqliteIndex(run: RunStatement): IndexDriver {
  const known = new Map<string, { documents: number; of: number }>();
  let tokensOf = createTokenizer();

  async function frequencies(db: Tables, tokens: readonly string[]) {
    const { documents, averageTokens } = await totals(db);
    const of = new Map<string, number>();
    for (const token of tokens) {
      const before = known.get(token);
      if (before && Math.abs(documents - before.documents) <= before.documents / 100) of.set(token, before.of);
      else {
        const found = await sql<{
          doc: number;
        }>`select doc from context_words where term = ${token} and col = 'text'`.execute(db);
        const count = found.rows[0]?.doc ?? 0;
        if (known.size >= mostKnown) known.clear();
        known.set(token, { documents, of: count });
        of.set(token, count);
      }
    }
    return { documents, averageTokens, of };
  }

  return {
    async nextNum(db) {
      const [row] = await run<{ last: number }>(db, nextNum, []);
      return row!.last;
    },
    async add(db, entry) {
      const text = entry.grams === null ? entry.text : `${entry.text} ${entry.grams}`;
      await run(db, insert, [entry.num, text, scopeWords(entry)]);
    },
    async remove(db, nums) {
      known.clear(); // no word of what goes is kept
      tokensOf = createTokenizer();
      for (const num of nums) {
        await sql`insert into context_fts (context_fts, rowid, text, scope)
          select 'delete', num, text, scope from context_source where num = ${num}`.execute(db);
      }
    },
    async search(db, query) {
      const expression = `${scopeExpression(query.scope)} AND text:(${wordExpression(query)})`;
      if (isFiltered(query)) return filteredSearch(db, query, expression);
      const found = await searchConversation(db, { ...query, expression }, { frequencies, tokensOf });
      return found ?? plainSearch(db, query, expression);
    },
    frequencies,
    async differences(db) {
      const only = (first: string, second: string) =>
        sql<{ num: number }>`select num from (${sql.raw(first)} except ${sql.raw(second)}) limit 1000`.execute(db);
      const index = 'select id as num from context_fts_docsize';
      const rows = 'select num from context_source';
      return {
        onlyIndex: (await only(index, rows)).rows.map(({ num }) => num),
        onlyRows: (await only(rows, index)).rows.map(({ num }) => num),
      };
    },
  };
}

const mostKnown = 10_000;

/**
 * Rows and their mean length from the record of averages that FTS5 keeps for its own `bm25()`: variable-length whole numbers, first the
 * rows, then the tokens of each column.
 *
 * @see https://sqlite.org/src/file/ext/fts5/fts5_index.c
 */
async function totals(db: Tables): Promise<{ documents: number; averageTokens: number }> {
  const { rows } = await sql<{ block: Uint8Array }>`select block from context_fts_data where id = 1`.execute(db);
  const [documents = 0, ...tokens] = wholeNumbers(rows[0]?.block ?? new Uint8Array());
  const sum = tokens.reduce((total, count) => total + count, 0);
  return { documents, averageTokens: Math.max(1, sum / Math.max(1, documents)) };
}

function wholeNumbers(bytes: Uint8Array): number[] {
  const found: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 127);
    if (byte < 128) {
      found.push(value);
      value = 0;
    }
  }
  return found;
}

/** Letters of conversation and project in the scope, by kind of row; a private conversation has another letter for its project. */
const letters = { message: { place: 'c', open: 'p', closed: 'y' }, summary: { place: 'd', open: 's', closed: 't' } };

function scopeWords({ conversationNum, isPrivate, projectNum, role }: IndexEntry): string {
  if (role === 'm') return `m${projectNum}`;
  const { place, open, closed } = letters[role === 's' ? 'summary' : 'message'];
  return `${place}${conversationNum} ${isPrivate ? closed : open}${projectNum}`;
}

function isFiltered({ scope, sinceMs, untilMs, before, order }: NumberedQuery): boolean {
  const isFork = scope.chain !== null && scope.chain.length > 1;
  return (
    isFork || isOfSomeRoles(scope) || order === 'newest' || sinceMs !== null || untilMs !== null || before !== null
  );
}

/** Whether messages of some roles are asked for and of others not, which the index does not tell. */
function isOfSomeRoles({ roles }: NumberedScope): boolean {
  const asked = roles.filter((role) => messageRoles.has(role)).length;
  return asked > 0 && asked < messageRoles.size;
}

const messageRoles: ReadonlySet<string> = new Set(['u', 'a', 't']);
const roleNames: Readonly<Record<string, string>> = { u: 'user', a: 'assistant', t: 'tool' };

const kindOf = sql`case when m.num is not null then 'message' when y.num is not null then 'memory' else 'summary' end as kind, m.role`;
const joins = sql`left join context_messages m on m.num = f.num left join context_memories y on y.num = f.num
  left join context_summaries s on s.num = f.num`;

async function plainSearch(db: Tables, query: NumberedQuery, expression: string): Promise<FoundRow[]> {
  const { rows } = await sql<FoundRow>`select f.num, f.score, ${kindOf} from (
    select rowid as num, -bm25(context_fts, 1.0, 0.0) as score from context_fts where context_fts match ${expression}
    order by bm25(context_fts, 1.0, 0.0), rowid desc limit ${query.limit}) f ${joins} order by f.score desc, f.num desc`.execute(
    db,
  );
  return rows;
}

/**
 * The best of a small conversation, scored here: FTS5's own `bm25()` reads every row of the database that holds a word to learn how rare it
 * is, which is known already. `null` where a word is a run of tokens or too many rows match.
 */
async function searchConversation(
  db: Tables,
  { expression, ...query }: NumberedQuery & { readonly expression: string },
  { frequencies, tokensOf }: Pick<IndexDriver, 'frequencies'> & { tokensOf(text: string): string[] },
): Promise<FoundRow[] | null> {
  const words = query.words.map((forms) => forms.map(tokensOf));
  if (!query.scope.chain || words.flat().some((form) => form.length > 1)) return null;
  const { rows } = await sql<Omit<FoundRow, 'score'> & { text: string; grams: string | null }>`select f.num, ${kindOf},
    coalesce(m.text, y.text, s.text) as text, coalesce(m.grams, y.grams, s.grams) as grams
    from (select rowid as num from context_fts where context_fts match ${expression} limit ${mostScored + 1}) f ${joins}`.execute(
    db,
  );
  if (rows.length > mostScored) return null;
  const asked = words.flat(2);
  const { documents, averageTokens, of } = await frequencies(db, asked);
  const scored = rows.map(({ text, grams, ...row }): FoundRow => {
    const counts = new Map<string, number>();
    const tokens = tokensOf(grams === null ? text : `${text} ${grams}`);
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
    const phrases = asked.map((token) => ({ count: counts.get(token) ?? 0, documents: of.get(token) ?? 0 }));
    const length = tokens.length + (row.kind === 'memory' ? 1 : 2);
    return { ...row, score: bm25({ phrases, documents, tokens: length, averageTokens }) };
  });
  return scored.sort((a, b) => b.score - a.score || b.num - a.num).slice(0, query.limit);
}

const mostScored = 200;

/** With what only the rows know: time, and where a fork begins. */
async function filteredSearch(db: Tables, query: NumberedQuery, expression: string): Promise<FoundRow[]> {
  const at = sql`coalesce(m.created_at, y.created_at, s.created_at)`;
  const conditions = [sql`1 = 1`];
  if (query.sinceMs !== null) conditions.push(sql`${at} >= ${query.sinceMs}`);
  if (query.untilMs !== null) conditions.push(sql`${at} <= ${query.untilMs}`);
  if (query.before) conditions.push(sql`(${at}, f.num) < (${query.before.atMs}, ${query.before.num})`);
  if (isOfSomeRoles(query.scope)) {
    const names = query.scope.roles.map((role) => roleNames[role]).filter((name) => name !== undefined);
    conditions.push(sql`(m.num is null or m.role in (${sql.join(names)}))`);
  }
  for (const { conversationNum, toSeq } of query.scope.chain ?? []) {
    if (!Number.isFinite(toSeq)) continue;
    const place = sql`coalesce(m.conversation_id, s.conversation_id)`;
    const owner = sql`(select id from context_conversations where num = ${conversationNum})`;
    conditions.push(sql`(${place} is null or ${place} <> ${owner} or coalesce(m.seq, s.to_seq) <= ${toSeq})`);
  }
  const order = query.order === 'newest' ? sql`${at} desc, f.num desc` : sql`f.score desc, f.num desc`;
  const { rows } = await sql<FoundRow>`select f.num, f.score, ${kindOf} from (
    select rowid as num, -bm25(context_fts, 1.0, 0.0) as score from context_fts where context_fts match ${expression}) f ${joins}
    where ${sql.join(conditions, sql` and `)} order by ${order} limit ${query.limit}`.execute(db);
  return rows;
}

/** The words of `scope` of which a row must have one. */
function scopeExpression(scope: NumberedScope): string {
  const { chain, projectNums, projectNum, generalNum, withPrivate } = scope;
  const places: string[] = [];
  for (const kind of kindsOf(scope)) {
    const { place, open, closed } = letters[kind];
    if (chain) places.push(...chain.map((part) => `${place}${part.conversationNum}`));
    else
      places.push(
        ...projectNums.flatMap((num) => (withPrivate ? [`${open}${num}`, `${closed}${num}`] : `${open}${num}`)),
      );
  }
  if (scope.roles.includes('m')) {
    const general = projectNum === null || generalNum === null ? [] : [generalNum];
    places.push(...new Set([...projectNums, ...general].map((num) => `m${num}`)));
  }
  return `scope:(${places.length > 0 ? places.join(' OR ') : 'none'})`;
}

function kindsOf({ roles }: NumberedScope): ('message' | 'summary')[] {
  const kinds: ('message' | 'summary')[] = [];
  if (roles.some((role) => messageRoles.has(role))) kinds.push('message');
  if (roles.includes('s')) kinds.push('summary');
  return kinds;
}

/** Every word is quoted, so nothing in it is syntax. */
function wordExpression({ words, match }: NumberedQuery): string {
  const groups = words.map((forms) => `(${forms.map((form) => `"${form}"`).join(' OR ')})`);
  return groups.join(match === 'all' ? ' AND ' : ' OR ');
}
