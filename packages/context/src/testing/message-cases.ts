import assert from 'node:assert/strict';
import { manualClock } from './manual-clock.js';
import { refused, type StoreCase, talk, textsOf } from './store-under-test.js';

/** What a store promises of messages. */
export const messageCases: readonly StoreCase[] = [
  {
    name: 'messages are read back as they were, in order, by every context on the database',
    async run(create) {
      await using store = await create();
      await store.context.conversations.create({ id: 'c' });
      const messages = store.context.messages('c');
      const call = { id: 'call-1', name: 'read_file', arguments: { path: 'a.ts', deep: [1, { b: null }] } };
      const parts = { toolCalls: [call], thinking: 'hm', extra: { x: 1 } };
      await messages.append({ role: 'system', text: 'Be brief.' });
      await messages.append({ id: 'm2', role: 'user', text: 'Read a.ts', taskId: 'task-1', createdAtMs: 5 });
      await messages.append({ role: 'assistant', text: '', parts, callId: 'model-call' });
      await messages.append({ role: 'tool', text: 'content', toolCallId: 'call-1', parts: { toolName: 'read_file' } });
      for (const context of [store.context, store.again()]) {
        const { messages: found } = await context.messages('c').page();
        assert.deepEqual(
          found.map(({ seq, role, text, origin, status }) => [seq, role, text, origin, status]),
          [
            [1, 'system', 'Be brief.', 'user', 'done'],
            [2, 'user', 'Read a.ts', 'user', 'done'],
            [3, 'assistant', '', 'model', 'done'],
            [4, 'tool', 'content', 'tool', 'done'],
          ],
        );
        assert.deepEqual(found[2]?.parts, parts);
        assert.equal(found[2]?.callId, 'model-call');
        assert.equal(found[3]?.toolCallId, 'call-1');
        const { text, taskId, createdAtMs, conversationId } = await context.messages('c').read('m2');
        assert.deepEqual(
          { text, taskId, createdAtMs, conversationId },
          { text: 'Read a.ts', taskId: 'task-1', createdAtMs: 5, conversationId: 'c' },
        );
      }
    },
  },
  {
    name: 'an id that is stored already appends nothing',
    async run(create) {
      await using store = await create();
      await talk(store.context, 'c', []);
      await talk(store.context, 'other', []);
      const first = await store.context.messages('c').append({ id: 'same', role: 'user', text: 'once' });
      const second = await store.again().messages('c').append({ id: 'same', role: 'user', text: 'twice' });
      assert.deepEqual(second, first);
      assert.deepEqual(await textsOf(store.context, 'c'), ['once']);
      await refused(store.context.messages('other').append({ id: 'same', role: 'user', text: 'x' }), 'seq-conflict');
      assert.deepEqual(await textsOf(store.context, 'other'), []);
    },
  },
  {
    name: 'CONTEXT-3: appends of several contexts at the same moment leave no gap and lose nothing',
    async run(create) {
      await using store = await create();
      await talk(store.context, 'c', []);
      const writers = [store.context, store.again(), store.again()];
      const appended = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          writers[index % writers.length]!.messages('c').append({ role: 'user', text: `text ${index}` }),
        ),
      );
      const seqs = appended.map(({ seq }) => seq).sort((a, b) => a - b);
      assert.deepEqual(
        seqs,
        Array.from({ length: 30 }, (_, index) => index + 1),
      );
      assert.equal(new Set(await textsOf(store.context, 'c')).size, 30);
    },
  },
  {
    name: 'an append behind a message that is not the last one is refused',
    async run(create) {
      await using store = await create();
      await talk(store.context, 'c', ['a', 'b']);
      const messages = store.context.messages('c');
      await refused(messages.append({ role: 'user', text: 'x' }, { afterSeq: 1 }), 'seq-conflict', { id: 'c' });
      assert.equal((await messages.append({ role: 'user', text: 'c' }, { afterSeq: 2 })).seq, 3);
      assert.deepEqual(await textsOf(store.context, 'c'), ['a', 'b', 'c']);
    },
  },
  {
    name: 'pages lead through a conversation both ways',
    async run(create) {
      await using store = await create();
      const texts = Array.from({ length: 25 }, (_, index) => `m${index + 1}`);
      await talk(store.context, 'c', texts);
      const messages = store.context.messages('c');
      const backwards: string[] = [];
      for (let before: number | undefined; ; ) {
        const page = await messages.page({ limit: 10, ...(before === undefined ? {} : { before }) });
        backwards.unshift(...page.messages.map(({ text }) => text));
        if (page.before === null) break;
        before = page.before;
      }
      assert.deepEqual(backwards, texts);
      const forwards: string[] = [];
      for (let after = 0; ; ) {
        const page = await messages.page({ after, limit: 10 });
        forwards.push(...page.messages.map(({ text }) => text));
        if (page.after === null) break;
        after = page.after;
      }
      assert.deepEqual(forwards, texts);
      assert.deepEqual(await messages.page({ after: 25 }), { messages: [], before: null, after: null });
    },
  },
  {
    name: 'a stream is stored after 500 ms or 1,000 bytes and keeps what was shown',
    async run(create) {
      const clock = manualClock();
      await using store = await create({ clock });
      await talk(store.context, 'c', ['hello']);
      const reader = store.again();
      const stream = await store.context.messages('c').start({ role: 'assistant' });
      const stored = async () => (await reader.messages('c').read(stream.id)).text;
      await stream.delta('a few words');
      assert.equal(await stored(), '');
      await clock.advance(500);
      await stream.delta('');
      while ((await stored()) === '') await new Promise((resolve) => setImmediate(resolve));
      assert.equal(await stored(), 'a few words');
      await stream.delta('x'.repeat(1_000));
      assert.equal((await stored()).length, 1_011);
      await stream.delta(' end');
      const message = await stream.end({ callId: 'k', parts: { thinking: 't' } });
      assert.deepEqual([message.status, message.text.length, message.callId], ['done', 1_015, 'k']);
      assert.deepEqual(await reader.messages('c').read(stream.id), message);
      assert.deepEqual(await stream.end(), message);
      await refused(stream.delta('more'), 'conversation-closed');
      const aborted = await store.context.messages('c').start({ role: 'assistant' });
      await aborted.delta('half an answ');
      assert.deepEqual(
        [(await aborted.abort()).status, (await reader.messages('c').read(aborted.id)).text],
        ['aborted', 'half an answ'],
      );
      const found = await reader.search({ text: 'answ' });
      assert.deepEqual(
        found.hits.map(({ messageId }) => messageId),
        [aborted.id],
      );
    },
  },
  {
    name: 'closing a context ends its streams and refuses every further call',
    async run(create) {
      await using store = await create();
      await talk(store.context, 'c', ['hello']);
      const context = store.again();
      const stream = await context.messages('c').start({ role: 'assistant' });
      await stream.delta('so far');
      await Promise.all([context.close(), context.close()]);
      const { status, text } = await store.context.messages('c').read(stream.id);
      assert.deepEqual([status, text], ['aborted', 'so far']);
      await refused(context.messages('c').page(), 'closed');
      await refused(context.conversations.create(), 'closed');
      await refused(context.recover(), 'closed');
    },
  },
  {
    name: 'text that databases cannot store is made storable, everything else stays as it is',
    async run(create) {
      await using store = await create();
      const texts = [
        'nul \0 inside',
        'lone \uD800 and \uDFFF surrogates',
        'right\u202E to left',
        'tags \u{E0041}\u{E0042}',
        '\u{1F469}\u200D\u{1F469}\u200D\u{1F467} family',
        "'; DROP TABLE context_messages; --",
        '" NEAR(a b) * : ^ {scope}: "" AND OR NOT (',
        '\r\n\t\u2028\u2029',
        '',
      ];
      await talk(store.context, 'c', texts);
      const expected = [...texts];
      expected[0] = 'nul \uFFFD inside';
      expected[1] = 'lone \uFFFD and \uFFFD surrogates';
      assert.deepEqual(await textsOf(store.again(), 'c'), expected);
      for (const text of texts) assert.ok((await store.context.search({ text })).hits.length <= texts.length);
      const meta = { 'k\0': ['\uD800', { ünïcode: '\0' }] };
      const made = await store.context.conversations.create({ id: 'weird \0', title: 'a\0b', meta });
      assert.deepEqual(
        [made.id, made.title, made.meta],
        ['weird \uFFFD', 'a\uFFFDb', { 'k\uFFFD': ['\uFFFD', { ünïcode: '\uFFFD' }] }],
      );
      assert.equal((await store.context.verify()).ok, true);
    },
  },
  {
    name: 'what is too large is refused before anything is written',
    async run(create) {
      await using store = await create({ limits: { messageCharacters: 1_000, conversationMessages: 3 } });
      await talk(store.context, 'c', ['a']);
      const messages = store.context.messages('c');
      const large = 'x'.repeat(1_001);
      await refused(messages.append({ role: 'user', text: large }), 'message-too-large', { limit: 1_000 });
      const thinking = { role: 'assistant', text: '', parts: { thinking: large } } as const;
      await refused(messages.append(thinking), 'message-too-large', { limit: 1_000 });
      const stream = await messages.start({ role: 'assistant' });
      await stream.delta('x'.repeat(1_000));
      await refused(stream.delta('y'), 'message-too-large');
      assert.equal((await stream.end()).text, 'x'.repeat(1_000));
      await messages.append({ role: 'user', text: 'third' });
      await refused(messages.append({ role: 'user', text: 'fourth' }), 'message-too-large', { limit: 3, id: 'c' });
      assert.equal((await textsOf(store.context, 'c')).length, 3);
    },
  },
  {
    name: 'parts and meta nest as deep as programs can walk, deeper ones are refused, also in an import',
    async run(create) {
      await using store = await create();
      await using other = await create();
      const { conversations, messages } = store.context;
      const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
      const partsOf = (depth: number) => ({ extra: { a: nested(depth) } });
      await conversations.create({ id: 'c', meta: { a: nested(99) } });
      await messages('c').append({ role: 'assistant', text: 'x', parts: partsOf(98) });
      const tooDeep = { role: 'assistant', text: 'x', parts: partsOf(99) } as const;
      await refused(messages('c').append(tooDeep), 'message-too-large', { limit: 100 });
      await refused(conversations.create({ meta: { a: nested(100_000) } }), 'message-too-large', { limit: 100 });
      let text = '';
      for await (const part of conversations.export(['c'], { format: 'json' })) text += part;
      assert.deepEqual((await other.context.conversations.import(text)).messages, 1);
      const deeper = text.replaceAll('[[[', `[[[${'['.repeat(50_000)}${']'.repeat(50_000)},`);
      await using third = await create();
      await refused(third.context.conversations.import(deeper), 'invalid-import', { path: 'rows[0]' });
    },
  },
  {
    name: 'a result of a tool needs its call before it',
    async run(create) {
      await using store = await create();
      await talk(store.context, 'c', ['a']);
      const messages = store.context.messages('c');
      await refused(messages.append({ role: 'tool', text: 'r', toolCallId: 'none' }), 'tool-pair-broken', { id: 'c' });
      await refused(messages.append({ role: 'tool', text: 'r' }), 'tool-pair-broken');
      const toolCalls = [{ id: 'k', name: 't', arguments: {} }];
      await messages.append({ role: 'assistant', text: '', parts: { toolCalls } });
      assert.equal((await messages.append({ role: 'tool', text: 'r', toolCallId: 'k' })).seq, 3);
    },
  },
  {
    name: 'secrets are taken out of every part of a message before it is stored',
    async run(create) {
      const secrets = [{ kind: 'key', pattern: /sk-[a-z0-9]{8}/g }];
      await using store = await create({ secrets });
      await talk(store.context, 'c', ['my key is sk-abcd1234, keep it']);
      const messages = store.context.messages('c');
      const toolCalls = [{ id: 'k', name: 't', arguments: { token: 'sk-zzzz9999' } }];
      await messages.append({ role: 'assistant', text: 'ok', parts: { toolCalls, thinking: 'sk-aaaa0000' } });
      const stream = await messages.start({ role: 'assistant' });
      await stream.delta(`${'word '.repeat(250)}sk-ab`);
      assert.equal((await store.context.messages('c').read(stream.id)).text.includes('sk-ab'), false);
      await stream.delta('cd5678 done');
      await stream.end();
      const { messages: found } = await messages.page();
      assert.equal(JSON.stringify(found).includes('sk-'), false);
      assert.equal(found[0]?.text, 'my key is [secret: key], keep it');
      assert.ok(found[2]?.text.endsWith('[secret: key] done'));
    },
  },
  {
    name: 'a clock that goes back changes no order',
    async run(create) {
      let now = 2_000_000;
      await using store = await create({ clock: { now: () => now, after: () => () => {} } });
      await talk(store.context, 'c', ['a']);
      now = 1_000_000;
      await store.context.messages('c').append({ role: 'assistant', text: 'b' });
      assert.deepEqual(await textsOf(store.context, 'c'), ['a', 'b']);
      assert.equal((await store.context.conversations.get('c'))?.updatedAtMs, 2_000_000);
    },
  },
  {
    name: 'what does not exist is not found, whatever the id looks like',
    async run(create) {
      await using store = await create();
      const [first] = await talk(store.context, 'c', ['a']);
      await talk(store.context, 'd', []);
      for (const id of ['', '%', "' or 1=1 --", 'C', 'c\0', 'x'.repeat(10_000)]) {
        assert.equal(await store.context.conversations.get(id), null, id);
        const facts = { id: id.replace('\0', '\uFFFD') };
        await refused(store.context.messages(id).append({ role: 'user', text: 'x' }), 'not-found', facts);
        await refused(store.context.messages(id).page(), 'not-found', facts);
        await refused(store.context.messages('c').read(id), 'not-found', facts);
      }
      await refused(store.context.messages('d').read(first!), 'not-found');
      await refused(store.context.messages('d').redact(first!, { reason: 'wrong' }), 'not-found');
      await refused(store.context.conversations.rename('none', 'x'), 'not-found');
    },
  },
  {
    name: 'a call whose signal is aborted rejects with its reason and writes nothing',
    async run(create) {
      await using store = await create();
      await talk(store.context, 'c', ['a']);
      const signal = AbortSignal.abort(new Error('enough'));
      const { context } = store;
      const calls: readonly (() => Promise<unknown>)[] = [
        () => context.messages('c').append({ role: 'user', text: 'b' }, { signal }),
        () => context.messages('c').start({ role: 'assistant' }, { signal }),
        () => context.messages('c').page({ signal }),
        () => context.conversations.create({ id: 'new' }, { signal }),
        () => context.conversations.list({ signal }),
        () => context.conversations.delete('c', { forks: 'keep', signal }),
        () => context.forget({ everything: true }, { signal }),
        () => context.search({ text: 'a', signal }),
        () => context.verify({ signal }),
        () => context.prune({ olderThanDays: 0, keepArchived: false, signal }),
        () => context.conversations.import('{"format":"tale.conversation/1","rows":[]}', { signal }),
      ];
      for (const [index, call] of calls.entries()) {
        const result = await call().then(
          () => (index === calls.length - 1 ? 'enough' : 'done'),
          (error: Error) => error.message,
        );
        assert.equal(result, 'enough', String(index));
      }
      assert.deepEqual(await textsOf(context, 'c'), ['a']);
      assert.equal((await context.conversations.list()).conversations.length, 1);
    },
  },
];
