import { sql } from 'kysely';
import type { Tables } from '../store/index-driver.js';
import type { OpenStore } from '../store/open-store.js';
import { inChunks } from '../store/queries/in-chunks.js';
import { messageCrc, messageOf } from '../store/rows.js';
import { sourceSha256 } from '../summaries/source-sha256.js';
import type { CallOptions } from '../types.js';
import type { VerifyProblem, VerifyReport } from './types.js';

const page = 500;
const mostProblems = 1_000;

/** Recomputes check sums, compares the index with its rows, and looks for rows whose source is gone. Changes nothing. */
export async function verifyStore(store: OpenStore, { signal }: CallOptions = {}): Promise<VerifyReport> {
  const db: Tables = store.kysely;
  const problems: VerifyProblem[] = [];
  const report = (problem: VerifyProblem['problem'], id: string | null, detail: string) => {
    if (problems.length < mostProblems) problems.push({ problem, id, detail });
  };
  let messages = 0;
  for (let last = 0; ; ) {
    signal?.throwIfAborted();
    const rows = await db
      .selectFrom('context_messages')
      .selectAll()
      .where('num', '>', last)
      .orderBy('num')
      .limit(page)
      .execute();
    for (const row of rows) {
      messages += 1;
      const crc = messageCrc({ ...messageOf(row), parts: row.parts });
      if (crc !== Number(row.crc)) report('crc', row.id, `message ${row.seq} of ${row.conversation_id} was changed`);
    }
    const end = rows.at(-1);
    if (!end) break;
    last = Number(end.num);
  }
  signal?.throwIfAborted();
  await verifyIndex(store, report);
  await verifySources(db, report);
  await verifyBlocks(db, report);
  await verifyPlaces(db, report);
  await verifySummaries(store, report);
  return { ok: problems.length === 0, messages, problems };
}

type Report = (problem: VerifyProblem['problem'], id: string | null, detail: string) => void;

async function verifyIndex(store: OpenStore, report: Report): Promise<void> {
  const { onlyIndex, onlyRows } = await store.index.differences(store.kysely);
  for (const num of onlyIndex) report('index', null, `entry ${num} of the index has no row`);
  for (const num of onlyRows) report('index', null, `row ${num} is not in the index`);
  if (store.dialect === 'postgres' || onlyIndex.length + onlyRows.length > 0) return;
  try {
    // Reads every row again and compares its words with the index.
    await store.transact((trx) =>
      sql`insert into context_fts (context_fts, rank) values ('integrity-check', 1)`.execute(trx),
    );
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!code.startsWith('SQLITE_CORRUPT')) throw error;
    report('index', null, 'words of the index are not those of the rows');
  }
}

async function verifySources(db: Tables, report: Report): Promise<void> {
  const orphans = await sql<{ num: number; kind: 'count' | 'vector' }>`select num, 'count' as kind from context_counts
      where num not in (select num from context_messages)
    union all select num, 'vector' from context_vectors where num not in (select num from context_messages)
      and num not in (select num from context_memories) and num not in (select num from context_summaries)
    limit ${mostProblems}`.execute(db);
  for (const { num, kind } of orphans.rows) report(kind, null, `row ${num} is gone`);
}

/** Blocks quote rows that stand. A summary may have made way for another one of the same messages. */
async function verifyBlocks(db: Tables, report: Report): Promise<void> {
  for (let last = { conversation: '', seq: 0 }; ; ) {
    const blocks = await db
      .selectFrom('context_blocks')
      .select(['conversation_id', 'seq', 'text', 'sources'])
      .where(sql<boolean>`(conversation_id, seq) > (${last.conversation}, ${last.seq})`)
      .orderBy('conversation_id')
      .orderBy('seq')
      .limit(page)
      .execute();
    const sourcesOf = (block: (typeof blocks)[number]) => JSON.parse(block.sources) as string[];
    const standing = await standingIds(db, blocks.flatMap(sourcesOf));
    for (const block of blocks) {
      const gone = sourcesOf(block).filter((id) => !standing.has(id) && !block.text.includes(`[summary ${id}]`));
      if (gone.length === 0) continue;
      report('block', block.conversation_id, `what turn ${block.seq} quotes is gone: ${gone.join(', ')}`);
    }
    const end = blocks.at(-1);
    if (!end) return;
    last = { conversation: end.conversation_id, seq: Number(end.seq) };
  }
}

async function standingIds(db: Tables, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await inChunks(ids, async (some) => [
    ...(await db
      .selectFrom('context_messages')
      .select('id')
      .where('id', 'in', some)
      .where('redacted_at', 'is', null)
      .execute()),
    ...(await db.selectFrom('context_memories').select('id').where('id', 'in', some).execute()),
    ...(await db.selectFrom('context_summaries').select('id').where('id', 'in', some).execute()),
  ]);
  return new Set(rows.map(({ id }) => id));
}

/** Seqs of a conversation's own messages have no gap and end at its last one. */
async function verifyPlaces(db: Tables, report: Report): Promise<void> {
  const { rows } = await sql<{
    id: string;
    first: number;
    last: number;
  }>`select c.id, c.fork_seq + 1 as first, c.last_seq as last
    from context_conversations c where c.closed_at is null and c.last_seq - c.fork_seq <>
      (select count(*) from context_messages m where m.conversation_id = c.id and m.seq between c.fork_seq + 1 and c.last_seq)
    limit ${mostProblems}`.execute(db);
  for (const { id, first, last } of rows) report('seq', id, `messages between ${first} and ${last} are missing`);
}

/** A summary stands for the messages that it was made from, as they were then. */
async function verifySummaries(store: OpenStore, report: Report): Promise<void> {
  const db: Tables = store.kysely;
  for (let last = 0; ; ) {
    const rows = await db
      .selectFrom('context_summaries')
      .select(['num', 'id', 'conversation_id', 'from_seq', 'to_seq', 'source_sha256'])
      .where('state', '=', 'active')
      .where('num', '>', last)
      .orderBy('num')
      .limit(page)
      .execute();
    for (const row of rows) {
      const range = { fromSeq: Number(row.from_seq), toSeq: Number(row.to_seq) };
      const messages = await store.read((queries) => queries.messages.range(row.conversation_id, range));
      if (sourceSha256(messages) === row.source_sha256) continue;
      report(
        'summary',
        row.id,
        `messages ${range.fromSeq} to ${range.toSeq} of ${row.conversation_id} were changed since`,
      );
    }
    const end = rows.at(-1);
    if (!end) return;
    last = Number(end.num);
  }
}
