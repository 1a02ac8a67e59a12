import { cleanText, mapStrings } from '../clean-text.js';
import type { Parts } from '../parts.js';
import type { MessageInsert, StoreQueries } from '../store/contract.js';
import { tidyIndex } from '../store/tidy-index.js';
import { checkImport, type KnownRows } from './check-import.js';
import type { ExportRow, RowOf } from './format.js';
import { deepestRow, readExport } from './read-export.js';
import type { ImportOptions, ImportReport } from './types.js';

const chunk = 100;
const atMs = (instant: string) => Date.parse(instant);
const maybeAtMs = (instant: string | null) => (instant === null ? null : Date.parse(instant));

/** Takes an export in: all of it is checked before anything is written, and what is there already stays as it is. */
export async function importConversations(
  { store, limits }: Pick<Parts, 'store' | 'limits'>,
  json: string | AsyncIterable<string | Uint8Array>,
  { dryRun = false, owner = 'local', signal }: ImportOptions = {},
): Promise<ImportReport> {
  const known: KnownRows = {
    conversation: (id) => store.read((queries) => queries.conversations.get(id), { signal }),
    message: async (id) => (await store.read((queries) => queries.messages.byId([id])))[0] ?? null,
    messageAt: async (id, seq) => {
      const found = await store.read((queries) => queries.messages.range(id, { fromSeq: seq, toSeq: seq }));
      return found.find(({ conversationId }) => conversationId === id) ?? null;
    },
  };
  const rows = cleanRows(readExport(json, limits.importBytes));
  const checked = await checkImport(rows, known, { owner, messageCharacters: limits.messageCharacters });
  const report = { dryRun, conversations: 0, messages: 0, memories: 0, summaries: 0, known: 0 };
  const all: ExportRow[] = [
    ...checked.conversations,
    ...checked.messages,
    ...checked.summaries,
    ...checked.links,
    ...checked.memories,
  ];
  for (let start = 0; start < all.length; start += chunk) {
    const some = all.slice(start, start + chunk);
    const counted = dryRun
      ? await store.read((queries) => countKnown(queries, some), { signal })
      : await store.write((queries) => storeRows(queries, some, owner), { signal });
    report.conversations += counted.conversation;
    report.messages += counted.message;
    report.memories += counted.memory;
    report.summaries += counted.summary;
    report.known += counted.known;
  }
  if (!dryRun) await tidyIndex(store);
  return report;
}

async function* cleanRows(rows: AsyncIterable<{ path: string; row: ExportRow }>) {
  for await (const { path, row } of rows) yield { path, row: mapStrings(row, cleanText, deepestRow) };
}

interface Counted {
  conversation: number;
  message: number;
  memory: number;
  summary: number;
  known: number;
}

const nothing = (): Counted => ({ conversation: 0, message: 0, memory: 0, summary: 0, known: 0 });

async function countKnown(queries: StoreQueries, rows: readonly ExportRow[]): Promise<Counted> {
  const counted = nothing();
  for (const row of rows) {
    if (row.type === 'link') continue;
    if (await isStored(queries, row)) counted.known += 1;
    else counted[row.type] += 1;
  }
  return counted;
}

async function isStored(queries: StoreQueries, row: Exclude<ExportRow, { type: 'link' }>): Promise<boolean> {
  if (row.type === 'conversation') return (await queries.conversations.get(row.id)) !== null;
  if (row.type === 'message') return (await queries.messages.byId([row.id])).length > 0;
  return (await (row.type === 'memory' ? queries.memories.get(row.id) : queries.summaries.get(row.id))) !== null;
}

async function storeRows(queries: StoreQueries, rows: readonly ExportRow[], owner: string): Promise<Counted> {
  const counted = nothing();
  for (const row of rows) {
    if (row.type === 'link') {
      await storeLink(queries, row);
      continue;
    }
    if (await isStored(queries, row)) {
      counted.known += 1;
      continue;
    }
    if (row.type === 'conversation') await storeConversation(queries, row, owner);
    else if (row.type === 'message') await storeMessage(queries, row);
    else if (row.type === 'summary') await storeSummary(queries, row);
    else await storeMemory(queries, row, owner);
    counted[row.type] += 1;
  }
  return counted;
}

async function storeConversation(queries: StoreQueries, row: RowOf<'conversation'>, owner: string): Promise<void> {
  const { id, title, project, folder, parentId, forkSeq, meta } = row;
  await queries.conversations.insert({
    id,
    title,
    isTitled: row.titled,
    owner,
    project,
    folder,
    parentId,
    forkSeq,
    isPrivate: row.private,
    createdAtMs: atMs(row.createdAt),
    updatedAtMs: atMs(row.updatedAt),
    archivedAtMs: maybeAtMs(row.archivedAt),
    meta,
  });
}

async function storeMessage(queries: StoreQueries, row: RowOf<'message'>): Promise<void> {
  const { id, conversationId, seq, role, text, toolCallId, taskId, callId, status } = row;
  await queries.messages.insert({
    id,
    conversationId,
    seq,
    role,
    text,
    parts: row.parts as MessageInsert['parts'],
    toolCallId,
    taskId,
    callId,
    status,
    origin: 'import',
    process: null,
    createdAtMs: atMs(row.createdAt),
    redactedAtMs: maybeAtMs(row.redactedAt),
  });
  const conversation = await queries.conversations.get(conversationId);
  if (conversation && conversation.lastSeq < seq) await queries.conversations.update(conversationId, { lastSeq: seq });
}

async function storeSummary(queries: StoreQueries, row: RowOf<'summary'>): Promise<void> {
  const { type: _type, createdAt, ...rest } = row;
  await queries.summaries.insert({ ...rest, state: 'active', createdAtMs: atMs(createdAt) });
}

async function storeLink(queries: StoreQueries, row: RowOf<'link'>): Promise<void> {
  const { conversationId, messageId, taskId, kind, createdAt } = row;
  const [message] = messageId === null ? [] : await queries.messages.byId([messageId]);
  const messageNum = message?.num ?? null;
  const links = await queries.links.of(conversationId);
  const isKnown = links.some((link) => link.messageNum === messageNum && link.taskId === taskId && link.kind === kind);
  if (!isKnown) await queries.links.put({ conversationId, messageNum, taskId, kind, createdAtMs: atMs(createdAt) });
}

/** What came from elsewhere stands in no window by itself. */
async function storeMemory(queries: StoreQueries, row: RowOf<'memory'>, owner: string): Promise<void> {
  const { id, project, kind, text, quote, sourceId, state, supersededBy } = row;
  const [source] = sourceId === null ? [] : await queries.messages.byId([sourceId]);
  const isOwn = source && (await queries.conversations.get(source.conversationId))?.owner === owner;
  await queries.memories.insert({
    id,
    owner,
    project,
    kind,
    text,
    quote,
    sourceNum: isOwn ? source.num : null,
    sourceId,
    origin: 'import',
    state,
    pinned: false,
    supersededBy,
    validFromMs: maybeAtMs(row.validFrom),
    validToMs: maybeAtMs(row.validTo),
    createdAtMs: atMs(row.createdAt),
    usedAtMs: null,
    uses: 0,
  });
}
