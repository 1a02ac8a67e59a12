import { crc32 } from 'node:zlib';
import type { Selectable } from 'kysely';
import type { MessageParts } from '../messages/types.js';
import type { JsonObject } from '../types.js';
import type {
  ConversationRow,
  JobRow,
  MemoryRow,
  MessageInsert,
  MessageRow,
  SummaryRow,
  WindowRow,
} from './contract.js';
import type { ConversationTable, JobTable, MemoryTable, MessageTable, SummaryTable, WindowTable } from './schema.js';

/** PostgreSQL gives whole numbers of 64 bits as text. */
const maybe = (value: number | null): number | null => (value === null ? null : Number(value));

export function conversationOf(row: Selectable<ConversationTable>): ConversationRow {
  return {
    num: Number(row.num),
    id: row.id,
    title: row.title,
    isTitled: Number(row.is_titled) === 1,
    owner: row.owner,
    project: row.project,
    folder: row.folder,
    parentId: row.parent_id,
    forkSeq: Number(row.fork_seq),
    ownerNum: Number(row.owner_num),
    projectNum: Number(row.project_num),
    isPrivate: Number(row.is_private) === 1,
    createdAtMs: Number(row.created_at),
    updatedAtMs: Number(row.updated_at),
    archivedAtMs: maybe(row.archived_at),
    closedAtMs: maybe(row.closed_at),
    lastSeq: Number(row.last_seq),
    meta: JSON.parse(row.meta) as JsonObject,
  };
}

export function messageOf(row: Selectable<MessageTable>): MessageRow {
  return {
    num: Number(row.num),
    id: row.id,
    conversationId: row.conversation_id,
    seq: Number(row.seq),
    role: row.role as MessageRow['role'],
    text: row.text,
    parts: partsOf(row.parts),
    toolCallId: row.tool_call_id,
    taskId: row.task_id,
    callId: row.call_id,
    status: row.status as MessageRow['status'],
    origin: row.origin as MessageRow['origin'],
    createdAtMs: Number(row.created_at),
    redactedAtMs: maybe(row.redacted_at),
  };
}

/** Parts as they are stored; a message without any takes no room. */
export function partsText(parts: MessageParts): string | null {
  const text = JSON.stringify(parts);
  return text === '{}' ? null : text;
}

function partsOf(text: string | null): MessageParts {
  return text === null ? {} : (JSON.parse(text) as MessageParts);
}

/** Check sum of what must not change unseen. */
export function messageCrc(
  row: Pick<MessageInsert, 'id' | 'seq' | 'role' | 'text' | 'toolCallId' | 'createdAtMs'> & {
    readonly parts: string | null;
  },
): number {
  return crc32(JSON.stringify([row.id, row.seq, row.role, row.text, row.parts, row.toolCallId, row.createdAtMs]));
}

export function summaryOf(row: Selectable<SummaryTable>): SummaryRow {
  return {
    num: Number(row.num),
    id: row.id,
    conversationId: row.conversation_id,
    level: Number(row.level),
    fromSeq: Number(row.from_seq),
    toSeq: Number(row.to_seq),
    kind: row.kind as SummaryRow['kind'],
    text: row.text,
    tokens: Number(row.tokens),
    model: row.model,
    promptVersion: row.prompt_version,
    sourceSha256: row.source_sha256,
    state: row.state as SummaryRow['state'],
    createdAtMs: Number(row.created_at),
  };
}

export function memoryOf(row: Selectable<MemoryTable>): MemoryRow {
  return {
    num: Number(row.num),
    id: row.id,
    owner: row.owner,
    project: row.project,
    kind: row.kind as MemoryRow['kind'],
    text: row.text,
    quote: row.quote,
    sourceNum: maybe(row.source_num),
    sourceId: row.source_id,
    origin: row.origin as MemoryRow['origin'],
    state: row.state as MemoryRow['state'],
    pinned: Number(row.pinned) === 1,
    supersededBy: row.superseded_by,
    validFromMs: maybe(row.valid_from),
    validToMs: maybe(row.valid_to),
    createdAtMs: Number(row.created_at),
    usedAtMs: maybe(row.used_at),
    uses: Number(row.uses),
  };
}

export function windowOf(row: Selectable<WindowTable>): WindowRow {
  return {
    conversationId: row.conversation_id,
    model: row.model,
    epoch: Number(row.epoch),
    firstSeq: Number(row.first_seq),
    pins: JSON.parse(row.pins) as string[],
    summaries: JSON.parse(row.summaries) as string[],
    prefixSha256: row.prefix_sha256,
    baseTokens: Number(row.base_tokens),
    state: JSON.parse(row.state) as JsonObject,
    updatedAtMs: Number(row.updated_at),
  };
}

export function jobOf(row: Selectable<JobTable>): JobRow {
  return {
    key: row.key,
    kind: row.kind,
    payload: JSON.parse(row.payload) as JsonObject,
    state: row.state as JobRow['state'],
    attempts: Number(row.attempts),
    leaseUntilMs: maybe(row.lease_until),
    createdAtMs: Number(row.created_at),
  };
}
