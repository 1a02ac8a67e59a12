import { ContextError } from '../errors.js';
import { removedText } from '../forget/redact.js';
import type { ConversationRow, MemoryRow, MessageRow, StoreQueries } from '../store/contract.js';
import type { OpenStore } from '../store/open-store.js';
import { type ExportRow, exportFormat } from './format.js';
import { markdownOf } from './markdown.js';
import type { ExportOptions } from './types.js';

const page = 200;
const iso = (atMs: number) => new Date(atMs).toISOString();
const maybeIso = (atMs: number | null) => (atMs === null ? null : iso(atMs));

/**
 * Conversations as one JSON document, a row a line, so that it can be read as it comes. What a fork shares with its ancestors comes with
 * them, no message twice.
 */
export async function* exportConversations(
  store: OpenStore,
  ids: readonly string[],
  options: ExportOptions,
): AsyncGenerator<string> {
  const wanted = await store.read((queries) => withAncestors(queries, ids), options);
  if (options.format === 'markdown') {
    for (const id of ids)
      yield* markdownOf(wanted.find(({ row }) => row.id === id)!.row, readAll(store, id, options), options);
    return;
  }
  yield `{"format":${JSON.stringify(exportFormat)},"rows":[\n`;
  let separator = '';
  for await (const exported of allRows(store, wanted, options)) {
    yield `${separator}${JSON.stringify(exported)}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}

async function* allRows(
  store: OpenStore,
  wanted: readonly Wanted[],
  options: ExportOptions,
): AsyncGenerator<ExportRow> {
  const memories = new Set<string>();
  for (const { row, toSeq } of wanted) {
    for await (const exported of rowsOf(store, row, toSeq, options)) {
      if (exported.type === 'memory') memories.add(exported.id);
      yield exported;
    }
  }
  if (options.memories !== 'all' || options.redact) return;
  const { owner = 'local' } = options;
  const all = await store.read((queries) => queries.memories.list({ owner }), options);
  for (const memory of byNum(all)) if (!memories.has(memory.id)) yield memoryRow(memory);
}

interface Wanted {
  readonly row: ConversationRow;
  /** Last message that is exported of it. */
  readonly toSeq: number;
}

async function withAncestors(queries: StoreQueries, ids: readonly string[]): Promise<Wanted[]> {
  const wanted = new Map<string, Wanted>();
  for (const id of ids) {
    const chain = await queries.conversations.chain(id);
    if (chain.length === 0) throw new ContextError('not-found', `There is no conversation ${id}.`, { id });
    for (const { conversationId, toSeq } of chain) {
      const row = await queries.conversations.get(conversationId);
      const known = wanted.get(conversationId)?.toSeq ?? 0;
      if (row) wanted.set(conversationId, { row, toSeq: Math.max(known, toSeq) });
    }
  }
  return [...wanted.values()];
}

async function* rowsOf(
  store: OpenStore,
  row: ConversationRow,
  toSeq: number,
  options: ExportOptions,
): AsyncGenerator<ExportRow> {
  const redact = options.redact ?? false;
  yield {
    type: 'conversation',
    id: row.id,
    title: redact ? null : row.title,
    titled: !redact && row.isTitled,
    project: row.project,
    folder: row.folder,
    parentId: row.parentId,
    forkSeq: row.forkSeq,
    private: row.isPrivate,
    createdAt: iso(row.createdAtMs),
    updatedAt: iso(row.updatedAtMs),
    archivedAt: maybeIso(row.archivedAtMs),
    meta: redact ? {} : { ...row.meta },
  } as ExportRow;
  const nums = new Map<number, string>();
  for await (const message of readAll(store, row.id, options)) {
    if (message.conversationId !== row.id || message.seq > toSeq) continue;
    nums.set(message.num, message.id);
    yield messageRow(message, redact);
  }
  const made = await store.read(
    async (queries) => ({
      summaries: redact ? [] : await queries.summaries.of(row.id, ['active']),
      links: await queries.links.of(row.id),
      memories: redact ? [] : await memoriesOf(queries, row.owner, [...nums.keys()]),
    }),
    options,
  );
  for (const summary of made.summaries) {
    if (summary.conversationId !== row.id || summary.toSeq > toSeq) continue;
    const { num: _num, state: _state, createdAtMs, ...rest } = summary;
    yield { type: 'summary', ...rest, createdAt: iso(createdAtMs) };
  }
  for (const { messageNum, createdAtMs, ...rest } of made.links.reverse()) {
    const messageId = messageNum === null ? null : (nums.get(messageNum) ?? null);
    if (messageNum !== null && messageId === null) continue;
    yield { type: 'link', ...rest, messageId, createdAt: iso(createdAtMs) };
  }
  for (const memory of made.memories) yield memoryRow(memory);
}

async function memoriesOf(queries: StoreQueries, owner: string, nums: readonly number[]) {
  const found = [];
  for (let start = 0; start < nums.length; start += page) {
    found.push(...(await queries.memories.list({ owner, sourceNums: nums.slice(start, start + page) })));
  }
  return byNum(found);
}

function byNum(memories: readonly MemoryRow[]): MemoryRow[] {
  return memories.toSorted((a, b) => a.num - b.num);
}

function memoryRow(memory: MemoryRow): ExportRow {
  const { id, project, kind, text, quote, sourceId, state, supersededBy, createdAtMs } = memory;
  const times = {
    validFrom: maybeIso(memory.validFromMs),
    validTo: maybeIso(memory.validToMs),
    createdAt: iso(createdAtMs),
  };
  return { type: 'memory', id, project, kind, text, quote, sourceId, state, supersededBy, ...times };
}

function messageRow(message: MessageRow, redact: boolean): ExportRow {
  const { id, conversationId, seq, role, parts, toolCallId, taskId, callId, status, createdAtMs, redactedAtMs } =
    message;
  const calls = parts.toolCalls?.map((call) => ({ ...call, arguments: {} }));
  return {
    type: 'message',
    id,
    conversationId,
    seq,
    role,
    text: redact ? removedText : message.text,
    parts: redact ? (calls ? { toolCalls: calls } : {}) : { ...parts },
    toolCallId,
    taskId,
    callId,
    status: status === 'open' ? 'aborted' : status,
    createdAt: iso(createdAtMs),
    redactedAt: maybeIso(redactedAtMs),
  } as ExportRow;
}

async function* readAll(store: OpenStore, id: string, options: ExportOptions): AsyncGenerator<MessageRow> {
  for (let fromSeq = 1; ; ) {
    const rows = await store.read((queries) => queries.messages.range(id, { fromSeq, limit: page }), options);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < page) return;
    fromSeq = last.seq + 1;
  }
}
