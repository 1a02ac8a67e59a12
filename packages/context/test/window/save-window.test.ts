import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { deleteConversation } from '../../src/forget/delete-conversation.js';
import { deleteMemories } from '../../src/forget/delete-rows.js';
import { redactRow } from '../../src/forget/redact.js';
import { noRows } from '../../src/forget/row-counts.js';
import { verifyStore } from '../../src/forget/verify.js';
import type { Hit } from '../../src/recall/types.js';
import type { OpenStore } from '../../src/store/open-store.js';
import { emptyRecall, modelOf, openWindows } from '../support/open-windows.js';

const hit = (kind: Hit['kind'], id: string, excerpt: string): Hit => ({
  kind,
  id,
  sources: [id],
  conversationId: 'other',
  seq: 1,
  toSeq: 1,
  role: kind === 'message' ? 'user' : null,
  atMs: Date.UTC(2026, 9, 2, 12),
  excerpt,
  tokens: 20,
  relevance: 0.5,
  parts: { lexical: 1, role: 1, neighbour: 0, vector: null },
  matched: [],
});

/** Windows whose recall finds these, and does something else meanwhile. */
function recalling() {
  const during = { hits: [] as Hit[], run: async () => {} };
  const recall = async () => {
    await during.run();
    return { ...emptyRecall, hits: during.hits, reason: null };
  };
  return {
    during,
    recall: Object.assign(recall, { forPlan: async () => Promise.reject(new Error('unused')) }),
  };
}

async function redact(store: OpenStore, id: string): Promise<void> {
  await store.transact(async (trx) => {
    const deletion = { db: trx, queries: store.bind(trx), rows: noRows() };
    const [message] = await deletion.queries.messages.byId([id]);
    await redactRow(deletion, message!, { nowMs: 1 });
  });
}

async function deleteMemory(store: OpenStore, id: string): Promise<void> {
  await store.transact(async (trx) => {
    const deletion = { db: trx, queries: store.bind(trx), rows: noRows() };
    await deleteMemories(deletion, [(await deletion.queries.memories.get(id))!]);
  });
}

/** All that the tables of windows, blocks and summaries hold. */
async function stored(store: OpenStore): Promise<string> {
  const tables = ['context_blocks', 'context_windows', 'context_summaries'];
  const all = await Promise.all(tables.map((table) => sql`select * from ${sql.table(table)}`.execute(store.kysely)));
  return JSON.stringify(all.map(({ rows }) => rows));
}

describe('a window that is made while something is deleted', () => {
  it('stores no line whose source is gone or redacted, and the others', async () => {
    const { during, recall } = recalling();
    await using opened = await openWindows({ recall });
    const { store } = opened;
    await opened.appendTo('other', 'kept-1', 'kept budget');
    await opened.appendTo('other', 'gone-1', 'zqgone budget');
    const memory = await opened.remember('zqgone memory', { pinned: false });
    during.hits = [
      hit('message', 'kept-1', 'kept budget'),
      hit('message', 'gone-1', 'zqgone budget'),
      hit('memory', memory.id, 'zqgone memory'),
    ];
    during.run = async () => {
      await redact(store, 'gone-1');
      await deleteMemory(store, memory.id);
    };
    await opened.append('user', 'What was the budget of the trip?');
    const { tokens } = await opened.fit();
    const [block] = await store.read((queries) => queries.blocks.range(opened.conversationId, 1));
    expect(block).toMatchObject({ sources: ['kept-1'] });
    expect(block!.text).toContain('kept budget');
    expect(block!.tokens).toBeGreaterThanOrEqual(Math.ceil(block!.text.length / 4));
    expect(block!.tokens).toBeLessThanOrEqual(tokens.recall);
    expect(await stored(store)).not.toContain('zqgone');
    expect((await verifyStore(store)).problems).toEqual([]);
  });

  it('stores no news of a memory that is gone', async () => {
    const { during, recall } = recalling();
    await using opened = await openWindows({ recall });
    await opened.append('user', 'First question');
    await opened.fit({ recall: false });
    await opened.append('assistant', 'Answer');
    await opened.remember('kept line');
    const memory = await opened.remember('zqgone line');
    during.run = () => deleteMemory(opened.store, memory.id);
    await opened.append('user', 'What was the budget of the trip?');
    await opened.fit({ recall: { maxTokens: 500 } });
    const all = await stored(opened.store);
    expect(all).toContain('kept line');
    expect(all).not.toContain('zqgone');
  });

  it('stores nothing at all once its conversation is gone', async () => {
    const { during, recall } = recalling();
    await using opened = await openWindows({ recall });
    const { store, conversationId } = opened;
    await opened.appendTo('other', 'kept-1', 'kept budget');
    during.hits = [hit('message', 'kept-1', 'kept budget')];
    during.run = () =>
      deleteConversation({ store, nowMs: 1, rows: noRows(), signal: undefined }, conversationId, 'keep');
    await opened.append('user', 'What was the budget of the trip?');
    await opened.fit();
    expect(await stored(store)).toBe('[[],[],[]]');
  });

  it('stores no extract of a message that was redacted meanwhile', async () => {
    const { during, recall } = recalling();
    await using opened = await openWindows({ recall, models: [modelOf(2_048)] });
    for (let turn = 0; turn < 12; turn++) {
      await opened.append('user', `Question ${turn} about the zqgone budget`);
      await opened.append('assistant', 'word '.repeat(300));
    }
    await opened.append('user', 'What was the budget of the trip?');
    let isAsked = false;
    during.run = async () => {
      isAsked = true;
      for (let seq = 1; seq < 25; seq += 2) await redact(opened.store, `m${String(seq).padStart(4, '0')}`);
    };
    await opened.fit({ recall: { maxTokens: 100 } });
    expect(isAsked).toBe(true);
    expect(await stored(opened.store)).not.toContain('zqgone');
  });
});

it('verify names a block that quotes what is gone or redacted', async () => {
  await using opened = await openWindows();
  const { store, conversationId } = opened;
  await opened.append('user', 'one');
  await opened.append('user', 'two');
  const put = (seq: number, text: string, sources: readonly string[]) =>
    store.write((queries) => queries.blocks.put({ conversationId, seq, text, sources, tokens: 1 }));
  await put(1, 'quotes', ['m0002']);
  await put(2, 'of an earlier summary: [summary s1] …', ['s1']);
  expect((await verifyStore(store)).problems).toEqual([]);
  await put(1, 'quotes', ['absent', 'm0002']);
  expect((await verifyStore(store)).problems).toEqual([
    { problem: 'block', id: conversationId, detail: 'what turn 1 quotes is gone: absent' },
  ]);
  await store.transact((trx) => sql`update context_messages set redacted_at = 1 where id = 'm0002'`.execute(trx));
  expect((await verifyStore(store)).problems[0]?.detail).toBe('what turn 1 quotes is gone: absent, m0002');
});
