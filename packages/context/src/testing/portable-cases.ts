import assert from 'node:assert/strict';
import type { Context } from '../context-types.js';
import { refused, type StoreCase, talk, textsOf } from './store-under-test.js';

async function exported(
  context: Context,
  ids: readonly string[],
  format: 'json' | 'markdown' = 'json',
  redact = false,
) {
  let text = '';
  for await (const part of context.conversations.export(ids, { format, redact })) text += part;
  return text;
}

async function* piecesOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function conversationWithEverything(context: Context): Promise<string[]> {
  await context.conversations.create({ id: 'c', project: 'p', folder: 'f', meta: { k: ['v'] } });
  const messages = context.messages('c');
  const toolCalls = [{ id: 'k', name: 'read', arguments: { path: 'x' } }];
  await messages.append({ id: 'm1', role: 'user', text: 'Grüße 東京 "quoted"\nline', taskId: 'task', createdAtMs: 1 });
  await messages.append({
    id: 'm2',
    role: 'assistant',
    text: '',
    parts: { toolCalls, thinking: 'hm' },
    callId: 'call',
  });
  await messages.append({ id: 'm3', role: 'tool', text: 'result', toolCallId: 'k' });
  await (await messages.start({ id: 'm4', role: 'assistant' })).abort();
  const fork = await context.conversations.fork('c', { atMessage: 'm3', title: 'Fork' });
  await context.messages(fork.id).append({ id: 'm5', role: 'user', text: 'in the fork' });
  return ['c', fork.id];
}

/** What a store promises of exports and imports. */
export const portableCases: readonly StoreCase[] = [
  {
    name: 'an export that is imported elsewhere gives the same export, and again nothing new',
    async run(create) {
      await using store = await create();
      await using other = await create();
      const ids = await conversationWithEverything(store.context);
      const text = await exported(store.context, ids);
      assert.equal(JSON.parse(text).format, 'tale.conversation/1');
      const first = await other.context.conversations.import(text);
      assert.deepEqual(first, { dryRun: false, conversations: 2, messages: 5, memories: 0, summaries: 0, known: 0 });
      assert.equal(await exported(other.context, ids), text);
      const again = await other.context.conversations.import(piecesOf(text, 7));
      assert.deepEqual(again, { dryRun: false, conversations: 0, messages: 0, memories: 0, summaries: 0, known: 7 });
      assert.equal(await exported(other.context, ids), text);
      assert.equal((await other.context.messages('c').read('m1')).origin, 'import');
      assert.equal((await other.context.search({ text: '東京' })).hits[0]?.messageId, 'm1');
      assert.deepEqual((await other.context.verify()).problems, []);
      const { seq } = await other.context.messages(ids[1]!).append({ role: 'user', text: 'goes on' });
      assert.equal(seq, 5);
    },
  },
  {
    name: 'an export with all memories gives back what was added by hand and what rests on a message, each once',
    async run(create) {
      await using store = await create();
      await using other = await create();
      const { conversations, memories } = store.context;
      await talk(store.context, 'c', ['Always answer in metric units.']);
      const { memory } = await memories.add({ text: 'Prices in euros.', kind: 'preference', project: 'travel' });
      await memories.update(memory.id, { text: 'Prices in dollars.' });
      await memories.add({ text: 'Mine alone.', owner: 'you' });
      const all = async (context: Context) => {
        let text = '';
        for await (const part of context.conversations.export(['c'], { format: 'json', memories: 'all' })) text += part;
        return text;
      };
      const kept = async (context: Context) =>
        (await context.memories.list({ includeSuperseded: true })).map(({ text, state }) => `${state} ${text}`).sort();
      const text = await all(store.context);
      const report = await other.context.conversations.import(text);
      assert.deepEqual([report.memories, report.known], [3, 0]);
      assert.deepEqual(await kept(other.context), await kept(store.context));
      assert.deepEqual(await kept(other.context), [
        'active Always answer in metric units.',
        'active Prices in dollars.',
        'superseded Prices in euros.',
      ]);
      assert.equal(await all(other.context), text);
      assert.equal((await other.context.conversations.import(text)).memories, 0);
      assert.equal((await exported(store.context, ['c'])).includes('Prices'), false);
      let hidden = '';
      const options = { format: 'json', memories: 'all', redact: true } as const;
      for await (const part of conversations.export(['c'], options)) hidden += part;
      assert.equal(hidden.includes('Prices'), false);
    },
  },
  {
    name: 'memories alone are exported where there is no conversation',
    async run(create) {
      await using store = await create();
      await using other = await create();
      await store.context.memories.add({ text: 'Mine alone.', owner: 'you' });
      const chunks = store.context.conversations.export([], { format: 'json', memories: 'all', owner: 'you' });
      assert.equal((await other.context.conversations.import(encoded(chunks), { owner: 'you' })).memories, 1);
      assert.deepEqual(
        (await other.context.memories.list({ owner: 'you' })).map(({ text }) => text),
        ['Mine alone.'],
      );
    },
  },
  {
    name: 'a fork brings along what it shares of its parent, and no more',
    async run(create) {
      await using store = await create();
      await using other = await create();
      const [, fork] = await conversationWithEverything(store.context);
      const text = await exported(store.context, [fork!]);
      const pretty = JSON.stringify(JSON.parse(text), null, 2);
      assert.equal((await other.context.conversations.import(pretty)).messages, 4);
      assert.deepEqual(await textsOf(other.context, fork!), await textsOf(store.context, fork!));
      assert.equal((await textsOf(other.context, 'c')).length, 3);
      const rest = await other.context.conversations.import(await exported(store.context, ['c']));
      assert.deepEqual([rest.messages, rest.known], [1, 4]);
    },
  },
  {
    name: 'a dry run tells what would come and writes nothing',
    async run(create) {
      await using store = await create();
      await using other = await create();
      const text = await exported(store.context, await conversationWithEverything(store.context));
      const report = await other.context.conversations.import(text, { dryRun: true });
      assert.deepEqual([report.dryRun, report.conversations, report.messages], [true, 2, 5]);
      assert.deepEqual((await other.context.conversations.list()).conversations, []);
    },
  },
  {
    name: 'a hostile or newer import is refused as a whole, with the place',
    async run(create) {
      await using store = await create();
      await using other = await create();
      const text = await exported(store.context, await conversationWithEverything(store.context));
      const rows = JSON.parse(text).rows as Record<string, unknown>[];
      const wrap = (changed: readonly unknown[]) => JSON.stringify({ format: 'tale.conversation/1', rows: changed });
      const change = (index: number, members: object) =>
        wrap(rows.map((row, at) => (at === index ? { ...row, ...members } : row)));
      await talk(other.context, 'taken', ['x'], 'you');
      const imports: readonly (readonly [string, string | RegExp])[] = [
        ['', ''],
        ['{', ''],
        ['null', 'format'],
        ['[]', 'format'],
        [text.replace('conversation/1', 'conversation/2'), 'format'],
        ['{"format":"tale.conversation/1","rows":{}}', 'rows'],
        [text.slice(0, -4), /^rows\[\d+\]$/],
        [text.slice(0, text.length / 2), /^rows\[\d+\]$/],
        [`${text}{}`, 'rows'],
        [wrap([...rows, rows[1]]), /\.id$/],
        [wrap(rows.slice(1)), 'rows[0].conversationId'],
        [wrap(rows.filter((_, index) => index !== 1)), /\.seq$/],
        [change(1, { seq: -1 }), 'rows[1].seq'],
        [change(1, { seq: 1e300 }), 'rows[1].seq'],
        [change(1, { seq: '1; drop table' }), 'rows[1].seq'],
        [change(1, { role: 'root' }), 'rows[1].role'],
        [change(1, { text: null }), 'rows[1].text'],
        [change(1, { text: 'x'.repeat(1_000_001) }), 'rows[1].text'],
        [change(1, { createdAt: 'yesterday' }), 'rows[1].createdAt'],
        [change(1, { type: 'sql' }), 'rows[1].type'],
        [change(1, { conversationId: 'taken' }), 'rows[1].conversationId'],
        [change(3, { toolCallId: 'other' }), 'rows[3].toolCallId'],
        [change(0, { id: 'taken' }), 'rows[0].id'],
        [change(0, { parentId: 'c' }), 'rows[0].parentId'],
        [change(0, { forkSeq: 3 }), 'rows[0].forkSeq'],
      ];
      for (const [json, path] of imports) {
        await assert.rejects(other.context.conversations.import(json), (error: { code?: string; path?: string }) => {
          assert.equal(error.code, 'invalid-import', json.slice(0, 80));
          if (typeof path === 'string') assert.equal(error.path, path, json.slice(0, 200));
          else assert.match(error.path ?? '', path);
          return true;
        });
      }
      await refused(other.context.conversations.import(badBytes()), 'invalid-import');
      assert.deepEqual((await other.context.conversations.list()).conversations, []);
      const prototype = change(0, { meta: JSON.parse('{"__proto__":{"polluted":true}}') });
      await other.context.conversations.import(prototype);
      assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    },
  },
  {
    name: 'an import over the limit is refused while it is read',
    async run(create) {
      await using store = await create({ limits: { importBytes: 1_000 } });
      async function* endless() {
        yield '{"format":"tale.conversation/1","rows":[\n';
        for (;;) yield ' '.repeat(100);
      }
      await refused(store.context.conversations.import(endless()), 'invalid-import', { limit: 1_000 });
    },
  },
  {
    name: 'CONTEXT-6: an import that contradicts what is stored changes nothing',
    async run(create) {
      await using store = await create();
      await using other = await create();
      const ids = await conversationWithEverything(store.context);
      const text = await exported(store.context, ids);
      await talk(other.context, 'c', ['something else']);
      await refused(other.context.conversations.import(text), 'invalid-import', { path: 'rows[1].seq' });
      assert.deepEqual(await textsOf(other.context, 'c'), ['something else']);
      await refused(other.context.conversations.import(text, { owner: 'you' }), 'invalid-import', {
        path: 'rows[0].id',
      });
    },
  },
  {
    name: 'a redacted export keeps order, roles and times and no text',
    async run(create) {
      await using store = await create();
      const ids = await conversationWithEverything(store.context);
      for (const format of ['json', 'markdown'] as const) {
        const text = await exported(store.context, ids, format, true);
        for (const word of ['Grüße', 'result', 'hm', '"x"', 'in the fork', 'Fork']) {
          assert.equal(text.includes(word), false, `${format} holds ${word}`);
        }
        assert.ok(text.includes('[removed]'));
      }
      const plain = await exported(store.context, ids, 'markdown');
      assert.ok(plain.includes('> Grüße 東京 "quoted"\n> line'));
      assert.ok(plain.includes('- calls `read`'));
      await refused(exported(store.context, ['none']), 'not-found', { id: 'none' });
    },
  },
];

async function* encoded(chunks: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

async function* badBytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"format":"tale.conversation/1","rows":[\n');
  yield Uint8Array.of(0xff, 0xfe, 0x0a);
}
