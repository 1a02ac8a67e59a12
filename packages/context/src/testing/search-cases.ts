import assert from 'node:assert/strict';
import { type StoreCase, talk } from './store-under-test.js';

/** What a store promises people who search. */
export const searchCases: readonly StoreCase[] = [
  {
    name: 'all words come first, any of them only where nothing holds all',
    async run(create) {
      await using store = await create();
      const { context } = store;
      await talk(context, 'c', ['red apples', 'green apples', 'a red car', 'nothing']);
      const excerpts = async (text: string) => {
        const { hits, allWords } = await context.search({ text });
        return [allWords, ...hits.map(({ excerpt }) => excerpt).sort()];
      };
      assert.deepEqual(await excerpts('red apple'), [true, 'red apples']);
      assert.deepEqual(await excerpts('apples car'), [false, 'a red car', 'green apples', 'red apples']);
      assert.deepEqual(await excerpts('"green apples"'), [true, 'green apples']);
      assert.deepEqual(await excerpts('"apples green"'), [true]);
      for (const text of ['', ' ', '!?', '"', '***', '()']) assert.deepEqual(await excerpts(text), [true], text);
    },
  },
  {
    name: 'CONTEXT-6: syntax of a search language is nothing but text',
    async run(create) {
      await using store = await create();
      const { context } = store;
      const texts = [
        'NEAR(quantum, 3)',
        'scope:c1 OR text',
        'wild* card',
        '"quoted" phrase',
        'NOT AND OR',
        "it's; --",
        'a:b {c} ^d -e +f',
      ];
      await talk(context, 'c', texts);
      for (const text of [...texts, 'text:(', '{scope', 'NEAR(', '"unclosed', '\0', "'", '\\', '& | ! <->', ':*']) {
        const { hits } = await context.search({ text });
        if (texts.includes(text))
          assert.ok(
            hits.some(({ excerpt }) => excerpt === text),
            text,
          );
      }
    },
  },
  {
    name: 'no search finds what belongs to another owner',
    async run(create) {
      await using store = await create();
      const { context } = store;
      await talk(context, 'mine', ['the secret word is plover'], 'me');
      await talk(context, 'yours', ['the secret word is plover'], 'you');
      const found = async (options: object) =>
        (await context.search({ text: 'plover', ...options })).hits.map(({ conversationId }) => conversationId);
      assert.deepEqual(await found({ owner: 'me' }), ['mine']);
      assert.deepEqual(await found({ owner: 'you' }), ['yours']);
      assert.deepEqual(await found({ owner: 'o1 OR o2' }), []);
      assert.deepEqual(await found({}), []);
      assert.deepEqual(await found({ owner: 'me', conversationId: 'yours' }), []);
      assert.deepEqual(await found({ conversationId: 'yours' }), ['yours']);
    },
  },
  {
    name: 'scope, role and time narrow a search; the newest come in pages',
    async run(create) {
      await using store = await create();
      const { context } = store;
      await context.conversations.create({ id: 'a', project: 'p' });
      await context.conversations.create({ id: 'b', private: true });
      for (let index = 0; index < 6; index++) {
        await context.messages(index % 2 ? 'a' : 'b').append({
          role: index < 3 ? 'user' : 'assistant',
          text: `otter ${index}`,
          createdAtMs: 1_000 - index * 100,
        });
      }
      const found = async (options: object) =>
        (await context.search({ text: 'otter', order: 'newest', ...options })).hits
          .map(({ excerpt }) => excerpt.slice(6))
          .join('');
      assert.equal(await found({}), '012345');
      assert.equal(await found({ conversationId: 'a' }), '135');
      assert.equal(await found({ project: 'p' }), '135');
      assert.equal(await found({ project: null }), '024');
      assert.equal(await found({ project: 'unknown' }), '');
      assert.equal(await found({ role: 'assistant' }), '345');
      assert.equal(await found({ since: 700, until: 900 }), '123');
      const pages: string[] = [];
      for (let before: string | undefined; ; ) {
        const page = await context.search({
          text: 'otter',
          order: 'newest',
          limit: 4,
          ...(before === undefined ? {} : { before }),
        });
        pages.push(page.hits.map(({ excerpt }) => excerpt.slice(6)).join(''));
        if (page.next === null) break;
        before = page.next;
      }
      assert.deepEqual(pages, ['0123', '45']);
    },
  },
  {
    name: 'words are found in every alphabet, whatever their case and accents, and marked',
    async run(create) {
      await using store = await create();
      const { context } = store;
      const texts: readonly (readonly [string, string, string])[] = [
        ['We met at the Café in Zürich', 'cafe', 'Café'],
        ['Straßenbahn nach Köln', 'KÖLN', 'Köln'],
        ['Мы встретились в Москве', 'москве', 'Москве'],
        ['Συνάντηση στην Αθήνα', 'αθήνα', 'Αθήνα'],
        ['اجتماع في القاهرة', 'القاهرة', 'القاهرة'],
        ['פגישה בתל אביב', 'אביב', 'אביב'],
        ['東京都庁で会いました', '都庁', '都庁'],
        ['我们在北京大学见面', '北京大学', '北京大学'],
        ['서울에서 만났다', '서울에서', '서울에서'],
        ['พบกันที่กรุงเทพมหานคร', 'กรุงเทพ', 'กรุงเทพ'],
        ['they were running late', 'runs', 'running'],
        ['see lib/open_store.ts:42', 'open_store.ts', 'open'],
      ];
      await talk(
        context,
        'c',
        texts.map(([text]) => text),
      );
      for (const [text, asked, marked] of texts) {
        const { hits } = await context.search({ text: asked });
        assert.deepEqual(
          hits.map(({ excerpt }) => excerpt),
          [text],
          asked,
        );
        const [start, end] = hits[0]!.marks[0] ?? [0, 0];
        assert.equal(text.slice(start, end), marked, asked);
      }
    },
  },
  {
    name: 'an excerpt stands around the first of the words and never cuts a character',
    async run(create) {
      await using store = await create();
      const { context } = store;
      await talk(context, 'c', [`${'😀 '.repeat(200)}needle ${'😀'.repeat(200)}`, 'x']);
      const [hit] = (await context.search({ text: 'needle' })).hits;
      assert.ok(hit && hit.excerpt.length < 210 && hit.excerpt.startsWith('…') && hit.excerpt.endsWith('…'));
      assert.equal(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(hit.excerpt), false);
      const [[start, end]] = hit.marks as [[number, number]];
      assert.equal(hit.excerpt.slice(start, end), 'needle');
    },
  },
];
