import { sql } from 'kysely';
import type { ChainPart, MessageMark, MessageRange, MessageRow, StoreQueries } from '../contract.js';
import type { IndexDriver, RoleLetter, Tables } from '../index-driver.js';
import { bigrams } from '../index-tokens.js';
import { messageCrc, messageOf, partsText } from '../rows.js';
import type { RunStatement } from '../run-statement.js';
import type { ConversationTable, MessageTable } from '../schema.js';
import { inChunks } from './in-chunks.js';

const letters: Readonly<Record<string, RoleLetter>> = { user: 'u', assistant: 'a', tool: 't' };

const placeOf = 'select num, owner_num, project_num, is_private from context_conversations where id = ?';
const columns = [
  'num',
  'id',
  'conversation_id',
  'seq',
  'role',
  'text',
  'grams',
  'parts',
  'tool_call_id',
  'task_id',
  'call_id',
  'status',
  'origin',
  'process',
  'created_at',
  'redacted_at',
  'crc',
] as const satisfies readonly (keyof MessageTable)[];
const insert = `insert into context_messages (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`;

/** Queries of messages. */
export function messageQueries(
  db: Tables,
  index: IndexDriver,
  run: RunStatement,
  chainOf: (id: string) => Promise<ChainPart[]>,
): StoreQueries['messages'] {
  async function addToIndex(
    row: Pick<MessageTable, 'num' | 'conversation_id' | 'role' | 'text' | 'grams'>,
  ): Promise<void> {
    const role = letters[row.role];
    if (!role) return;
    const [place] = await run<ConversationTable>(db, placeOf, [row.conversation_id]);
    const { num, owner_num, project_num, is_private } = place!;
    await index.add(db, {
      num: Number(row.num),
      conversationNum: Number(num),
      ownerNum: Number(owner_num),
      projectNum: Number(project_num),
      isPrivate: Number(is_private) === 1,
      role,
      text: row.text,
      grams: row.grams,
    });
  }

  return {
    async insert(message) {
      const num = await index.nextNum(db);
      const parts = partsText(message.parts);
      const row: MessageTable = {
        num,
        id: message.id,
        conversation_id: message.conversationId,
        seq: message.seq,
        role: message.role,
        text: message.text,
        grams: bigrams(message.text),
        parts,
        tool_call_id: message.toolCallId,
        task_id: message.taskId,
        call_id: message.callId,
        status: message.status,
        origin: message.origin,
        process: message.process,
        created_at: message.createdAtMs,
        redacted_at: message.redactedAtMs ?? null,
        crc: messageCrc({ ...message, parts }),
      };
      await run(
        db,
        insert,
        columns.map((column) => row[column]),
      );
      if (message.status !== 'open') await addToIndex(row);
      return messageOf(row);
    },
    async write(num, change) {
      const stored = await db.selectFrom('context_messages').selectAll().where('num', '=', num).executeTakeFirst();
      if (!stored) return;
      const isIndexed = stored.status !== 'open' && stored.role !== 'system';
      if (isIndexed) await index.remove(db, [num]);
      const text = change.text ?? stored.text;
      const parts = change.parts ? partsText(change.parts) : stored.parts;
      const status = change.status ?? stored.status;
      const set = {
        conversation_id: change.conversationId ?? stored.conversation_id,
        text,
        grams: bigrams(text),
        parts,
        status,
        call_id: change.callId === undefined ? stored.call_id : change.callId,
        process: status === 'open' ? stored.process : null,
        redacted_at: change.redactedAtMs ?? stored.redacted_at,
        crc: messageCrc({ ...messageOf(stored), text, parts }),
      };
      await db.updateTable('context_messages').set(set).where('num', '=', num).execute();
      if (status !== 'open') await addToIndex({ ...stored, ...set });
    },
    async range(conversationId, range) {
      const rows: MessageRow[] = [];
      const chain = await chainOf(conversationId);
      for (const part of range.newestFirst ? chain.reverse() : chain) {
        const left = range.limit === undefined ? undefined : range.limit - rows.length;
        if (left === 0) break;
        rows.push(...(await readPart(db, part, range, left)));
      }
      return rows;
    },
    byNum: (nums) =>
      inChunks(nums, async (some) =>
        (await db.selectFrom('context_messages').selectAll().where('num', 'in', some).execute()).map(messageOf),
      ),
    byId: (ids) =>
      inChunks(ids, async (some) =>
        (await db.selectFrom('context_messages').selectAll().where('id', 'in', some).execute()).map(messageOf),
      ),
    byPlace: (places) =>
      inChunks(places, async (some) => {
        const query = db
          .selectFrom('context_messages')
          .selectAll()
          .where((where) =>
            where.or(some.map(({ conversationId, seq }) => where.and({ conversation_id: conversationId, seq }))),
          );
        return (await query.execute()).map(messageOf);
      }),
    async marks(conversationId, range) {
      const marks: MessageMark[] = [];
      const chain = await chainOf(conversationId);
      for (const part of range.newestFirst ? chain.reverse() : chain) {
        const left = range.limit === undefined ? undefined : range.limit - marks.length;
        if (left === 0) break;
        const query = partQuery(db, part, range, left)?.select(['num', 'seq', 'role', 'status', 'crc']);
        for (const { num, seq, role, status, crc } of (await query?.execute()) ?? []) {
          marks.push({
            num: Number(num),
            seq: Number(seq),
            role: role as MessageMark['role'],
            status: status as MessageMark['status'],
            crc: Number(crc),
          });
        }
      }
      return marks;
    },
    async outline(conversationId, range) {
      const sum = { units: 0, messages: 0, characters: 0 };
      for (const part of await chainOf(conversationId)) {
        const toSeq = Math.min(part.toSeq, range.toSeq);
        const { rows } = await sql<{ units: number; messages: number; characters: number }>`select
          coalesce(sum(case role when 'user' then 1 else 0 end), 0) as units, count(*) as messages,
          coalesce(sum(length(text)), 0) as characters from context_messages where conversation_id = ${part.conversationId}
          and seq >= ${Math.max(part.fromSeq, range.fromSeq)} and seq <= ${toSeq} and role <> 'system'`.execute(db);
        sum.units += Number(rows[0]!.units);
        sum.messages += Number(rows[0]!.messages);
        sum.characters += Number(rows[0]!.characters);
      }
      return sum;
    },
    async openBut(processes) {
      let query = db.selectFrom('context_messages').selectAll().where('status', '=', 'open');
      if (processes.length > 0) {
        query = query.where((where) =>
          where.or([where('process', 'is', null), where('process', 'not in', [...processes])]),
        );
      }
      return (await query.execute()).map(messageOf);
    },
    async delete(nums) {
      if (nums.length === 0) return;
      const indexed = await db
        .selectFrom('context_messages')
        .select('num')
        .where('num', 'in', [...nums])
        .where('status', '<>', 'open')
        .where('role', '<>', 'system')
        .execute();
      await index.remove(
        db,
        indexed.map(({ num }) => Number(num)),
      );
      await db.deleteFrom('context_counts').where('num', 'in', nums).execute();
      await db.deleteFrom('context_vectors').where('num', 'in', nums).execute();
      await db
        .deleteFrom('context_links')
        .where('message_num', 'in', [...nums])
        .execute();
      await db.deleteFrom('context_messages').where('num', 'in', nums).execute();
    },
  };
}

async function readPart(
  db: Tables,
  part: ChainPart,
  range: MessageRange,
  limit: number | undefined,
): Promise<MessageRow[]> {
  const rows = await partQuery(db, part, range, limit)?.selectAll().execute();
  return (rows ?? []).map(messageOf);
}

/** Rows of a part in the order of the range, `null` if the range holds none of it. */
function partQuery(db: Tables, part: ChainPart, range: MessageRange, limit: number | undefined) {
  const fromSeq = Math.max(part.fromSeq, range.fromSeq ?? 1);
  const toSeq = Math.min(part.toSeq, range.toSeq ?? Number.POSITIVE_INFINITY);
  if (fromSeq > toSeq) return null;
  let query = db.selectFrom('context_messages').where('conversation_id', '=', part.conversationId);
  if (fromSeq > 1) query = query.where('seq', '>=', fromSeq);
  if (Number.isFinite(toSeq)) query = query.where('seq', '<=', toSeq);
  if (range.roles) query = query.where('role', 'in', [...range.roles]);
  query = query.orderBy('seq', range.newestFirst ? 'desc' : 'asc');
  return limit === undefined ? query : query.limit(limit);
}
