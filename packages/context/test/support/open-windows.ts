import { EventEmitter } from 'node:events';
import { type ManualClock, manualClock } from '@tale/test-kit';
import { ulid } from 'ulid';
import type { ContextEvents } from '../../src/events.js';
import type { MessageParts } from '../../src/messages/types.js';
import type { Recalled } from '../../src/recall/types.js';
import { silentLogger } from '../../src/silent-logger.js';
import type { MemoryRow, MessageRow } from '../../src/store/contract.js';
import { openStore } from '../../src/store/open-store.js';
import { createSummaries } from '../../src/summaries/create-summaries.js';
import type { TokenCounter } from '../../src/tokens/create-token-counter.js';
import { createMessageCounts } from '../../src/tokens/message-counts.js';
import type { CountTokens, Generate, MessageRole, ModelWindow } from '../../src/types.js';
import { createWindow, type WindowParts } from '../../src/window/create-window.js';
import { openDatabase } from './open-database.js';

/** A counter on this thread: four characters are a token. */
export const quarterCounter: TokenCounter = {
  count: async (texts, options) => {
    options?.signal?.throwIfAborted();
    return texts.map((text) => Math.ceil(text.length / 4));
  },
  ends: async (text, headTokens, tailTokens) => {
    const headCharacters = Math.min(text.length, headTokens * 4);
    const tailCharacters = Math.min(text.length - headCharacters, tailTokens * 4);
    return { headCharacters, tailCharacters, tokens: Math.ceil((headCharacters + tailCharacters) / 4) };
  },
  close: async () => {},
};

/** Finds nothing. */
export const emptyRecall: Recalled = {
  hits: [],
  ranking: [],
  tokens: 0,
  asked: [],
  bestRelevance: 0,
  gate: null,
  reason: 'nothing-found',
};

interface Wishes {
  readonly models?: readonly ModelWindow[];
  readonly counter?: TokenCounter;
  readonly recall?: WindowParts['recall'];
  readonly countTokens?: CountTokens;
  readonly generate?: Generate;
  readonly clock?: ManualClock;
  readonly isPrivate?: boolean;
}

/** A model with this window. */
export const modelOf = (contextTokens: number, extra: Partial<ModelWindow> = {}): ModelWindow => ({
  model: 'small',
  contextTokens,
  countsExactly: false,
  role: 'ux',
  ...extra,
});

/** Windows and summaries over a real database with one conversation. */
export async function openWindows(wishes: Wishes = {}) {
  const database = await openDatabase();
  const store = openStore({ kysely: database.kysely });
  const clock = wishes.clock ?? manualClock(Date.UTC(2026, 10, 30, 12));
  const events = new EventEmitter<ContextEvents>();
  const seen: { readonly name: string; readonly event: object }[] = [];
  const warnings: string[] = [];
  const counter = wishes.counter ?? quarterCounter;
  const recall =
    wishes.recall ??
    Object.assign(async () => emptyRecall, { forPlan: async () => Promise.reject(new Error('unused')) });
  const parts = {
    store,
    clock,
    events,
    createId: () => ulid(),
    logger: { ...silentLogger, warn: (_facts: object, message: string) => void warnings.push(message) },
    emit: ((name: keyof ContextEvents, event: never) => {
      seen.push({ name, event });
      events.emit(name, event);
    }) as WindowParts['emit'],
    counter,
    models: wishes.models ?? [modelOf(4_096)],
    countTokens: wishes.countTokens,
    recall,
  };
  const windows = createWindow(parts);
  const counts = createMessageCounts(parts);
  const summaries = createSummaries({ ...parts, counts, writer: parts.models[0] ?? null, generate: wishes.generate });
  const conversationId = 'conversation-1';
  const open = (id: string) =>
    store.write((queries) =>
      queries.conversations.insert({
        id,
        title: null,
        isTitled: false,
        owner: 'local',
        project: null,
        folder: null,
        parentId: null,
        forkSeq: 0,
        isPrivate: wishes.isPrivate ?? false,
        createdAtMs: clock.now(),
        updatedAtMs: clock.now(),
        archivedAtMs: null,
        meta: {},
      }),
    );
  await open(conversationId);

  interface Extra {
    readonly parts?: MessageParts;
    readonly toolCallId?: string;
    readonly status?: MessageRow['status'];
    readonly id?: string;
    readonly conversationId?: string;
  }

  async function append(role: MessageRole, text: string, extra: Extra = {}): Promise<MessageRow> {
    const at = extra.conversationId ?? conversationId;
    const row = await store.write(async (queries) => {
      const { lastSeq } = (await queries.conversations.nextSeq(at, clock.now()))!;
      return queries.messages.insert({
        id: extra.id ?? `m${String(lastSeq).padStart(4, '0')}`,
        conversationId: at,
        seq: lastSeq,
        role,
        text,
        parts: extra.parts ?? {},
        toolCallId: extra.toolCallId ?? null,
        taskId: null,
        callId: null,
        status: extra.status ?? 'done',
        origin: role === 'user' ? 'user' : 'model',
        process: null,
        createdAtMs: clock.now(),
      });
    });
    events.emit('message-append', { conversationId: at, messageId: row.id, seq: row.seq, role });
    return row;
  }

  /** A message of another conversation, named for it. */
  async function appendTo(other: string, id: string, text: string): Promise<MessageRow> {
    if (!(await store.read((queries) => queries.conversations.get(other)))) await open(other);
    return append('user', text, { id, conversationId: other });
  }

  async function remember(text: string, extra: Partial<MemoryRow> = {}): Promise<MemoryRow> {
    return store.write((queries) =>
      queries.memories.insert({
        id: ulid(),
        owner: 'local',
        project: null,
        kind: 'instruction',
        text,
        quote: null,
        sourceNum: null,
        sourceId: null,
        origin: 'user',
        state: 'active',
        pinned: true,
        supersededBy: null,
        validFromMs: null,
        validToMs: null,
        createdAtMs: clock.now(),
        usedAtMs: null,
        uses: 0,
        ...extra,
      }),
    );
  }

  return {
    store,
    clock,
    events,
    seen,
    warnings,
    windows,
    summaries,
    counts,
    parts,
    conversationId,
    append,
    appendTo,
    remember,
    fit: (options: Partial<Parameters<typeof windows.fit>[0]> = {}, call = {}) =>
      windows.fit({ conversationId, model: 'small', ...options }, call),
    async [Symbol.asyncDispose]() {
      await windows.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
