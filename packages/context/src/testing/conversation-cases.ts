import assert from 'node:assert/strict';
import { refused, type StoreCase, talk, textsOf } from './store-under-test.js';

/** What a store promises of conversations. */
export const conversationCases: readonly StoreCase[] = [
  {
    name: 'a conversation is made once, named by its first user message until somebody names it',
    async run(create) {
      await using store = await create();
      const { conversations } = store.context;
      const made = await conversations.create({ id: 'c', project: 'p', folder: 'f', private: true, meta: { a: [1] } });
      const { title, owner, project, folder, isPrivate, lastSeq, meta } = made;
      assert.deepEqual(
        { title, owner, project, folder, isPrivate, lastSeq, meta },
        {
          title: null,
          owner: 'local',
          project: 'p',
          folder: 'f',
          isPrivate: true,
          lastSeq: 0,
          meta: { a: [1] },
        },
      );
      assert.deepEqual(await conversations.create({ id: 'c', project: 'other' }), made);
      await refused(conversations.create({ id: 'c', owner: 'somebody else' }), 'seq-conflict', { id: 'c' });
      await store.context.messages('c').append({ role: 'user', text: '# Plan a trip. To Rome, in May.\nmore' });
      assert.equal((await conversations.get('c'))?.title, 'Plan a trip.');
      assert.equal((await conversations.rename('c', 'Rome')).title, 'Rome');
      assert.equal((await store.again().conversations.get('c'))?.title, 'Rome');
      assert.notEqual((await conversations.create()).id, (await conversations.create()).id);
    },
  },
  {
    name: 'lists come in pages by last change, and by project, folder, archive and text',
    async run(create) {
      let now = 1_000;
      await using store = await create({ clock: { now: () => now++, after: () => () => {} } });
      const { conversations } = store.context;
      for (let index = 0; index < 12; index++) {
        await conversations.create({ id: `c${index}`, ...(index % 2 ? { project: 'odd' } : { folder: 'even' }) });
      }
      await conversations.create({ id: 'foreign', owner: 'you' });
      await store.context.messages('c3').append({ role: 'user', text: 'a giraffe at the window' });
      await store.context.messages('c5').append({ role: 'user', text: 'nothing here' });
      await conversations.rename('c7', '100% Giraffe_s');
      await conversations.archive('c0');
      const ids = async (options: object) =>
        (await conversations.list(options)).conversations.map(({ id }) => id).join(' ');
      const pages: string[] = [];
      for (let before: string | undefined; ; ) {
        const page = await conversations.list({ limit: 5, ...(before === undefined ? {} : { before }) });
        pages.push(...page.conversations.map(({ id }) => id));
        if (page.next === null) break;
        before = page.next;
      }
      assert.equal(pages.join(' '), 'c7 c5 c3 c11 c10 c9 c8 c6 c4 c2 c1 c0');
      assert.equal(await ids({ project: 'odd' }), 'c7 c5 c3 c11 c9 c1');
      assert.equal(await ids({ project: null, archived: false }), 'c10 c8 c6 c4 c2');
      assert.equal(await ids({ folder: 'even', archived: true }), 'c0');
      assert.equal(await ids({ text: 'giraffe' }), 'c7 c3');
      assert.equal(await ids({ text: '100%' }), 'c7');
      assert.equal(await ids({ text: '_s' }), 'c7');
      assert.equal(await ids({ text: 'zebra' }), '');
      assert.equal(await ids({ owner: 'you' }), 'foreign');
      assert.equal((await conversations.archive('c0', { archived: false })).archivedAtMs, null);
      assert.equal(await ids({ archived: true }), '');
      assert.deepEqual((await conversations.list({ before: 'nonsense' })).conversations, []);
    },
  },
  {
    name: 'a fork shows what it shares and goes on alone, up to 32 deep',
    async run(create) {
      await using store = await create();
      const { context } = store;
      await talk(context, 'c0', ['0']);
      let last = (await context.messages('c0').page()).messages[0]!.id;
      let id = 'c0';
      const expected = ['0'];
      for (let depth = 1; depth <= 32; depth++) {
        const fork = await context.conversations.fork(id, { atMessage: last });
        await context.messages(id).append({ role: 'user', text: `not shared with depth ${depth}` });
        assert.deepEqual([fork.parentId, fork.forkSeq, fork.lastSeq], [id, depth, depth]);
        id = fork.id;
        expected.push(`${depth}`);
        last = (await context.messages(id).append({ role: 'user', text: `${depth}` })).id;
      }
      assert.deepEqual(await textsOf(store.again(), id), expected);
      assert.deepEqual(
        (await context.messages(id).page({ limit: 3, before: 10 })).messages.map(({ text, seq, conversationId }) => [
          text,
          seq,
          conversationId === id,
        ]),
        [
          ['6', 7, true],
          ['7', 8, true],
          ['8', 9, true],
        ],
      );
      const hits = async (text: string) =>
        (await context.search({ text, conversationId: id, limit: 50 })).hits.map(({ excerpt }) => excerpt);
      assert.deepEqual(await hits('17'), ['17']);
      assert.deepEqual(await hits('shared'), []);
      await refused(context.conversations.fork(id, { atMessage: last }), 'message-too-large', { limit: 32 });
      await refused(context.conversations.fork('c0', { atMessage: last }), 'not-found', { id: last });
    },
  },
  {
    name: 'deleting a parent keeps what its forks share, whichever of them shares more',
    async run(create) {
      await using store = await create();
      const { context } = store;
      const ids = await talk(context, 'p', ['1', '2', '3', '4', '5', '6']);
      const [short, long, middle] = await Promise.all(
        [1, 3, 2].map((index) => context.conversations.fork('p', { atMessage: ids[index]! })),
      );
      await context.messages(short!.id).append({ role: 'user', text: 'short' });
      const own = await context.messages(long!.id).append({ role: 'user', text: 'long' });
      const grandchild = await context.conversations.fork(long!.id, { atMessage: own.id });
      await context.messages('p').append({ role: 'user', text: 'only of the parent' });
      const report = await context.conversations.delete('p', { forks: 'keep' });
      assert.deepEqual([report.rows.conversations, report.rows.messages], [1, 3]);
      assert.equal(await context.conversations.get('p'), null);
      assert.deepEqual(await textsOf(context, short!.id), ['1', '2', 'short']);
      assert.deepEqual(await textsOf(context, long!.id), ['1', '2', '3', '4', 'long']);
      assert.deepEqual(await textsOf(context, middle!.id), ['1', '2', '3']);
      assert.deepEqual(await textsOf(context, grandchild.id), ['1', '2', '3', '4', 'long']);
      const found = await context.search({ text: '3', conversationId: middle!.id });
      assert.equal(found.hits.length, 1);
      assert.equal((await context.search({ text: 'parent' })).hits.length, 0);
      assert.deepEqual((await context.verify()).problems, []);
      await refused(context.messages('p').append({ role: 'user', text: 'x' }), 'not-found');
    },
  },
  {
    name: 'deleting with forks takes all of them, and again deletes nothing',
    async run(create) {
      await using store = await create();
      const { context } = store;
      const ids = await talk(context, 'p', ['1', '2']);
      await talk(context, 'other', ['x']);
      const fork = await context.conversations.fork('p', { atMessage: ids[0]! });
      const grandchild = await context.conversations.fork(fork.id, { atMessage: ids[0]! });
      const report = await context.conversations.delete('p', { forks: 'delete' });
      assert.deepEqual([report.rows.conversations, report.rows.messages, report.rows.index], [3, 2, 2]);
      for (const id of ['p', fork.id, grandchild.id]) assert.equal(await context.conversations.get(id), null);
      assert.equal((await context.conversations.delete('p', { forks: 'delete' })).rows.conversations, 0);
      assert.deepEqual(await textsOf(context, 'other'), ['x']);
    },
  },
  {
    name: 'SQL and the syntax of searches are text in every field',
    async run(create) {
      await using store = await create();
      const { conversations, messages, memories, search, forget, verify } = store.context;
      await talk(store.context, 'other', ['stands']);
      const hostile = [
        `x'); drop table context_messages; --`,
        `" OR scope:c1 OR "`,
        `%' or '1'='1`,
        String.raw`\'; select pg_sleep(9) --`,
        'NEAR(a b) ^ * :*',
      ];
      for (const text of hostile) {
        const place = { owner: `o${text}`, project: text, folder: text };
        const { id } = await conversations.create({ id: text, ...place, meta: { [text]: text } });
        const user = { role: 'user', text, taskId: text, callId: text } as const;
        await messages(id).append({ id: `u${text}`, ...user });
        const toolCalls = [{ id: text, name: text, arguments: { [text]: text } }];
        await messages(id).append({ role: 'assistant', text, parts: { toolCalls, extra: { [text]: text } } });
        await messages(id).append({ role: 'tool', text, toolCallId: text, parts: { toolName: text } });
        await memories.add({ text, owner: place.owner, project: text });
        await conversations.rename(id, text);
        const page = await messages(id).page();
        assert.deepEqual(
          page.messages.map((message) => [message.text, message.parts]),
          [
            [text, {}],
            [text, { toolCalls, extra: { [text]: text } }],
            [text, { toolName: text }],
          ],
        );
        const listed = await conversations.list({ ...place, text });
        assert.deepEqual(
          listed.conversations.map((found) => [found.id, found.title, found.meta]),
          [[text, text, { [text]: text }]],
        );
        const known = await memories.list({ owner: place.owner, project: text, text });
        assert.deepEqual(
          known.map((memory) => memory.text),
          [text],
        );
        assert.equal((await search({ text, owner: place.owner, project: text, conversationId: text })).hits.length, 3);
      }
      for (const [index, text] of hostile.entries()) {
        const report = await forget({ project: text, owner: `o${text}` });
        assert.deepEqual([report.rows.conversations, report.rows.memories], [1, 1], text);
        assert.equal((await conversations.list({ owner: `o${text}` })).conversations.length, 0, `${index}`);
      }
      assert.deepEqual(await textsOf(store.context, 'other'), ['stands']);
      assert.deepEqual((await verify()).problems, []);
    },
  },
];
