import { requireConversation } from '../conversations/conversation-of.js';
import type { Parts } from '../parts.js';
import type {
  BlockRow,
  ConversationRow,
  MemoryRow,
  MessageMark,
  MessageRow,
  SummaryRow,
  WindowRow,
} from '../store/contract.js';
import { type MessageCount, type MessageCounts, tokenizerOf } from '../tokens/message-counts.js';
import type { CallOptions, ModelWindow } from '../types.js';
import type { CachedMessage, MessageCache } from './message-cache.js';
import { type StoredState, unpackState } from './stored-state.js';
import type { WindowMessage } from './window-data.js';

/** Rows that are read at once. */
const pageRows = 512;
/** Most pins of an owner that are looked at, the newest ones. */
const mostPins = 1_000;

/** What a window is made from, as it is stored. */
export interface LoadedWindow {
  readonly conversation: ConversationRow;
  readonly row: WindowRow | null;
  readonly state: StoredState | null;
  /** Messages but those of the system, from `row.firstSeq` or as far back as a window can need. */
  readonly messages: readonly WindowMessage[];
  /** When each of them was appended. */
  readonly times: ReadonlyMap<number, number>;
  /** Whether all of them are counted exactly. */
  readonly areExact: boolean;
  /** First place of the conversation that was not left out on loading. */
  readonly loadedFromSeq: number;
  readonly blocks: readonly BlockRow[];
  /** System prompt as it is now, oldest message first. */
  readonly system: readonly MessageRow[];
  /** System prompt of the epoch. */
  readonly epochSystem: readonly MessageRow[];
  /** Active pins. */
  readonly pins: readonly MemoryRow[];
  /** Pins of the epoch that still exist, active or not. */
  readonly epochPins: readonly MemoryRow[];
  /** What may stand for messages that left. */
  readonly summaries: readonly SummaryRow[];
  /** Summaries of the epoch that still exist. */
  readonly epochSummaries: readonly SummaryRow[];
}

/** What reading needs. */
export interface LoadParts extends Pick<Parts, 'store'> {
  readonly counts: MessageCounts;
  readonly cache: MessageCache;
}

/** Reads what a window is made from; counts what was never counted. */
export async function loadWindow(
  parts: LoadParts,
  conversationId: string,
  model: ModelWindow,
  options: CallOptions,
): Promise<LoadedWindow> {
  const { store } = parts;
  const base = await store.read(async (queries) => {
    const conversation = await requireConversation(queries, conversationId);
    const row = await queries.windows.get(conversationId, model.model);
    const state = row && unpackState(row);
    const systems = await queries.messages.range(conversationId, { roles: ['system'], newestFirst: true, limit: 16 });
    const pins = await queries.memories.list({
      owner: conversation.owner,
      project: conversation.project,
      withGeneral: true,
      states: ['active'],
      pinned: true,
      limit: mostPins,
    });
    const known = new Map(pins.map((pin) => [pin.id, pin]));
    const others = (row?.pins ?? []).filter((id) => !known.has(id));
    const found = await Promise.all(others.map((id) => queries.memories.get(id)));
    for (const pin of found) if (pin) known.set(pin.id, pin);
    const summaries = conversation.isPrivate ? [] : await queries.summaries.of(conversationId, ['active']);
    const epochSystem = state ? await queries.messages.byId(state.systemIds) : [];
    return {
      conversation,
      row,
      state,
      system: newestRun(systems),
      epochSystem: epochSystem.sort((a, b) => a.seq - b.seq),
      pins,
      epochPins: (row?.pins ?? []).flatMap((id) => known.get(id) ?? []),
      summaries: withoutExtracts(summaries),
      epochSummaries: summaries.filter(({ id }) => row?.summaries.includes(id)),
    };
  }, options);
  const firstSeq = base.row?.firstSeq ?? 1;
  const read = await readBack(parts, conversationId, model, firstSeq, options);
  const blocks = await store.read((queries) => queries.blocks.range(conversationId, read.fromSeq), options);
  return { ...base, ...read, loadedFromSeq: read.fromSeq, blocks };
}

/** Messages from the newest one back to `firstSeq`, or until they hold more than any window of this size takes. */
async function readBack(
  parts: LoadParts,
  conversationId: string,
  model: ModelWindow,
  firstSeq: number,
  options: CallOptions,
) {
  const messages: WindowMessage[] = [];
  const times = new Map<number, number>();
  let areExact = true;
  let tokens = 0;
  let toSeq = Number.POSITIVE_INFINITY;
  while (toSeq >= firstSeq) {
    const range = { fromSeq: firstSeq, newestFirst: true, limit: pageRows, ...(Number.isFinite(toSeq) && { toSeq }) };
    const marks = await parts.store.read((queries) => queries.messages.marks(conversationId, range), options);
    for (const { message, createdAtMs, isExact } of await readMarked(parts, marks, model, options)) {
      if (isEmptyAnswer(message)) continue;
      areExact &&= isExact;
      messages.push(message);
      times.set(message.seq, createdAtMs);
      tokens += message.tokens;
      if (tokens > model.contextTokens && message.role === 'user') {
        return { messages: messages.reverse(), times, areExact, fromSeq: message.seq };
      }
    }
    if (marks.length < pageRows) break;
    toSeq = marks.at(-1)!.seq - 1;
  }
  return { messages: messages.reverse(), times, areExact, fromSeq: firstSeq };
}

/** The messages of these marks in their order, but those of the system and those that are still written. */
async function readMarked(
  { store, counts, cache }: LoadParts,
  marks: readonly MessageMark[],
  model: ModelWindow,
  options: CallOptions,
): Promise<CachedMessage[]> {
  const tokenizer = tokenizerOf(model);
  const shown = marks.filter(({ role, status }) => role !== 'system' && status !== 'open');
  const found = new Map<number, CachedMessage>();
  const missing = new Map<number, MessageMark>();
  for (const mark of shown) {
    const known = cache.get(tokenizer, mark.num, mark.crc);
    if (known) found.set(mark.num, known);
    else missing.set(mark.num, mark);
  }
  const rows = await store.read((queries) => queries.messages.byNum([...missing.keys()]), options);
  const counted = await counts.of(rows, model, options);
  for (const row of rows) {
    const count = counted.get(row.num)!;
    const made = {
      crc: missing.get(row.num)!.crc,
      message: windowMessage(row, count),
      createdAtMs: row.createdAtMs,
      isExact: count.isExact,
    };
    found.set(row.num, made);
    cache.put(tokenizer, row.num, made);
  }
  return shown.flatMap(({ num }) => found.get(num) ?? []);
}

/** An answer that never said anything. */
function isEmptyAnswer({ role, text, toolCalls }: WindowMessage): boolean {
  return role === 'assistant' && text === '' && toolCalls.length === 0;
}

function windowMessage(row: MessageRow, { tokens }: MessageCount): WindowMessage {
  const extraTokens = (row.parts.attachments ?? []).reduce((sum, attachment) => sum + attachment.tokens, 0);
  return {
    id: row.id,
    seq: row.seq,
    role: row.role as WindowMessage['role'],
    text: row.text,
    tokens: tokens + extraTokens,
    extraTokens,
    toolCalls: row.parts.toolCalls ?? [],
    toolCallId: row.toolCallId,
    toolName: row.parts.toolName ?? null,
  };
}

/** The newest messages of the system that stand behind each other, oldest first. */
function newestRun(newestFirst: readonly MessageRow[]): MessageRow[] {
  const end = newestFirst.findIndex((row, index) => index > 0 && row.seq !== newestFirst[index - 1]!.seq - 1);
  return (end < 0 ? [...newestFirst] : newestFirst.slice(0, end)).reverse();
}

/** Where a model has written a summary, the extract of the same part steps back. */
function withoutExtracts(summaries: readonly SummaryRow[]): SummaryRow[] {
  const key = ({ level, fromSeq, toSeq }: SummaryRow) => `${level} ${fromSeq} ${toSeq}`;
  const written = new Set(summaries.filter(({ kind }) => kind === 'model').map(key));
  return summaries.filter((summary) => summary.kind === 'model' || !written.has(key(summary)));
}
