import assert from 'node:assert/strict';
import type { MessageParts } from '../messages/types.js';
import { type StoreCase, talk, textsOf } from './store-under-test.js';

/** What a store promises of deletion. */
export const forgetCases: readonly StoreCase[] = [
  {
    name: 'a redacted message keeps its place and nothing of its text',
    async run(create) {
      await using store = await create();
      const { context } = store;
      const toolCalls = [{ id: 'k', name: 'read', arguments: { path: 'ocelot' } }];
      const [first] = await talk(context, 'c', ['ocelot one', 'two']);
      const second = await context.messages('c').append({ role: 'assistant', text: 'ocelot', parts: { toolCalls } });
      await context.messages('c').append({ role: 'tool', text: 'three', toolCallId: 'k' });
      assert.equal((await context.conversations.get('c'))?.title, 'ocelot one');
      await context.messages('c').redact(first!, { reason: 'private' });
      await context.messages('c').redact(second.id, { reason: 'private' });
      assert.deepEqual(await textsOf(store.again(), 'c'), ['[removed]', 'two', '[removed]', 'three']);
      const { parts, redactedAtMs } = await context.messages('c').read(second.id);
      assert.deepEqual(parts, { toolCalls: [{ id: 'k', name: 'read', arguments: {} }] });
      assert.ok(redactedAtMs !== null);
      assert.equal((await context.conversations.get('c'))?.title, null);
      assert.equal((await context.search({ text: 'ocelot' })).hits.length, 0);
      assert.deepEqual((await context.verify()).problems, []);
    },
  },
  {
    name: 'a text is forgotten wherever it stands, and a dry run tells where first',
    async run(create) {
      await using store = await create();
      const { context } = store;
      const [first] = await talk(context, 'a', ['The ÉTAGÈRE is mine', 'what', 'nothing']);
      await talk(context, 'b', ['no', 'an étagère, yes']);
      await talk(context, 'c', ['étagère of somebody else'], 'you');
      const dry = await context.forget({ text: 'étagère' }, { dryRun: true });
      assert.deepEqual([dry.dryRun, dry.rows.messages], [true, 2]);
      assert.deepEqual(dry.hits.map(({ kind, excerpt }) => [kind, excerpt]).sort(), [
        ['message', 'The ÉTAGÈRE is mine'],
        ['message', 'an étagère, yes'],
      ]);
      assert.equal((await context.messages('a').read(first!)).text, 'The ÉTAGÈRE is mine');
      const report = await context.forget({ text: 'étagère' });
      assert.deepEqual([report.dryRun, report.rows.messages, report.hits], [false, 2, []]);
      assert.ok(report.notCovered.length >= 4);
      assert.deepEqual(await textsOf(context, 'a'), ['[removed]', 'what', 'nothing']);
      assert.deepEqual(await textsOf(context, 'b'), ['no', '[removed]']);
      assert.deepEqual(await textsOf(context, 'c'), ['étagère of somebody else']);
      assert.equal((await context.conversations.get('a'))?.title, null);
      assert.equal((await context.forget({ text: 'étagère' })).rows.messages, 0);
    },
  },
  {
    name: 'a text is forgotten in what stands beside texts, whatever JSON escapes and however its letters are composed',
    async run(create) {
      await using store = await create();
      const { context } = store;
      const meta = { étagère: 1, deep: ['e\u0301tage\u0300re', 'stays'] };
      await context.conversations.create({ id: 'c', project: 'Étagère', folder: 'l’étagère', meta });
      const messages = context.messages('c');
      const said = (parts: MessageParts, text = 'harmless') => messages.append({ role: 'assistant', text, parts });
      await said({ extra: { note: 'on "my\tétagère"\n' } });
      await said({}, 'une e\u0301tage\u0300re');
      const calls = [
        { id: 'k', name: 'read', arguments: { path: 'x' } },
        { id: 'k-étagère', name: 'étagère_read', arguments: {} },
      ];
      await said({ toolCalls: calls });
      await messages.append({ role: 'tool', text: 'one', toolCallId: 'k' });
      await messages.append({ role: 'tool', text: 'two', toolCallId: 'k-étagère' });
      assert.equal((await context.forget({ text: '"my\tétagère"\n' })).rows.messages, 1);
      assert.equal((await context.forget({ text: 'étagère' })).rows.messages, 3);
      assert.deepEqual(await textsOf(store.again(), 'c'), ['[removed]', '[removed]', '[removed]', 'one', '[removed]']);
      const [, , asked, first, second] = (await messages.page()).messages;
      const [kept, renamed] = asked!.parts.toolCalls!;
      assert.deepEqual(kept, { id: 'k', name: 'read', arguments: {} });
      assert.deepEqual([renamed!.name, first!.toolCallId, second!.toolCallId], ['removed', 'k', renamed!.id]);
      const left = await context.conversations.get('c');
      assert.deepEqual([left?.folder, left?.meta], [null, { deep: ['stays'] }]);
      assert.match(left?.project ?? '', /^\[removed \d+\]$/);
      assert.equal((await context.search({ text: 'one', project: left!.project! })).hits.length, 1);
      assert.equal((await context.forget({ text: 'étagère' })).rows.messages, 0);
      assert.deepEqual((await context.verify()).problems, []);
    },
  },
  {
    name: 'time and project narrow what is forgotten',
    async run(create) {
      let now = 1_000;
      await using store = await create({ clock: { now: () => now, after: () => () => {} } });
      const { context } = store;
      for (const [id, project] of [
        ['old', 'p'],
        ['both', 'p'],
        ['other', 'q'],
      ] as const) {
        await context.conversations.create({ id, project });
        await context.messages(id).append({ role: 'user', text: `early ${id}` });
      }
      now = 2_000;
      await context.messages('both').append({ role: 'assistant', text: 'late' });
      const report = await context.forget({ project: 'p', before: 1_500 });
      assert.deepEqual([report.rows.conversations, report.rows.messages], [1, 2]);
      assert.equal(await context.conversations.get('old'), null);
      assert.deepEqual(await textsOf(context, 'both'), ['[removed]', 'late']);
      assert.deepEqual(await textsOf(context, 'other'), ['early other']);
      assert.equal((await context.forget({ project: 'q', before: 1_500, text: 'absent' })).rows.messages, 0);
      await context.forget({ project: 'q' });
      assert.equal(await context.conversations.get('other'), null);
      assert.deepEqual((await context.verify()).problems, []);
    },
  },
  {
    name: 'everything is forgotten of every owner, and the store goes on',
    async run(create) {
      await using store = await create();
      const { context } = store;
      await talk(context, 'a', ['one', 'two'], 'me');
      await talk(context, 'b', ['three'], 'you');
      const dry = await context.forget({ everything: true }, { dryRun: true });
      assert.deepEqual([dry.rows.conversations, dry.rows.messages], [2, 3]);
      const report = await context.forget({ everything: true });
      assert.deepEqual([report.rows.conversations, report.rows.messages, report.rows.index], [2, 3, 3]);
      assert.equal(await context.conversations.get('a'), null);
      assert.deepEqual((await context.search({ text: 'one', owner: 'me' })).hits, []);
      await talk(store.again(), 'a', ['anew'], 'me');
      assert.equal((await context.search({ text: 'anew', owner: 'me' })).hits.length, 1);
      assert.deepEqual((await context.verify()).problems, []);
    },
  },
  {
    name: 'pruning deletes what has not changed for long, archived ones only if asked',
    async run(create) {
      let now = 0;
      const dayMs = 86_400_000;
      await using store = await create({ clock: { now: () => now, after: () => () => {} } });
      const { context } = store;
      await talk(context, 'old', ['x']);
      await talk(context, 'archived', ['x']);
      await context.conversations.archive('archived');
      now = 40 * dayMs;
      await talk(context, 'new', ['x']);
      const left = async () => (await context.conversations.list()).conversations.map(({ id }) => id).join(' ');
      const dry = await context.prune({ olderThanDays: 30, keepArchived: true, dryRun: true });
      assert.deepEqual([dry.rows.conversations, dry.hits.map(({ id }) => id)], [1, ['old']]);
      assert.equal((await context.prune({ olderThanDays: 30, keepArchived: true })).rows.conversations, 1);
      assert.equal(await left(), 'new archived');
      await context.prune({ olderThanDays: 30, keepArchived: false });
      assert.equal(await left(), 'new');
    },
  },
  {
    name: 'every deletion is told by an event and leaves a record without text',
    async run(create) {
      await using store = await create();
      const { context } = store;
      await talk(context, 'c', ['x', 'y']);
      const told: unknown[] = [];
      context.events.on('forget-end', ({ rows }) => told.push(rows));
      context.events.on('message-append', ({ seq, role }) => told.push([seq, role]));
      context.events.on('message-append', () => {
        throw new Error('a bad listener');
      });
      await context.messages('c').append({ role: 'user', text: 'z' });
      await context.conversations.delete('c', { forks: 'keep' });
      assert.deepEqual(told, [[3, 'user'], 7]);
      assert.deepEqual(await context.recover(), { messages: 0, deletions: 0 });
    },
  },
];
