import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, inject, it } from 'vitest';
import type { Context, Embed } from '../../src/index.js';
import { openContext } from '../support/open-context.js';

type Said = readonly [role: 'user' | 'assistant', text: string];

const socket = inject('postgresSocket');
const databases: [string, string | null][] = [
  ['SQLite', null],
  ...(socket === null ? [] : ([['PostgreSQL', socket]] as [string, string][])),
];

async function say(
  context: Context,
  conversationId: string,
  said: readonly Said[],
  more: { owner?: string; project?: string; private?: boolean } = {},
) {
  await context.conversations.create({ id: conversationId, ...more });
  for (const [index, [role, text]] of said.entries()) {
    await context.messages(conversationId).append({ id: `${conversationId}-${index}`, role, text });
  }
}

const filler: Said[] = Array.from({ length: 12 }, (_, index) => [
  index % 2 ? 'assistant' : 'user',
  `Plain talk number ${index} of weather and bread.`,
]);

it.skipIf(socket !== null)('PostgreSQL: not run, no server is installed', () => expect(databases).toHaveLength(1));

describe.each(databases)('on %s', (_, where) => {
  it('finds what was said, with excerpt, place, relevance and the words that match', async () => {
    await using opened = await openContext(where);
    const { context } = opened;
    await say(context, 'c', [
      ...filler,
      ['user', 'The invoice of the Lisbon office is due on Friday.'],
      ...filler.map(([role, text]): Said => [role, text]),
    ]);
    const { hits, ranking, asked, bestRelevance, reason } = await context.recall({
      text: 'When is the Lisbon invoice due?',
      conversationId: 'c',
    });
    expect(hits.find(({ id }) => id === ranking[0])).toMatchObject({
      kind: 'message',
      id: 'c-12',
      conversationId: 'c',
      seq: 13,
      role: 'user',
      excerpt: 'The invoice of the Lisbon office is due on Friday.',
      sources: ['c-12'],
      matched: expect.arrayContaining(['lisbon', 'invoice', 'due']),
    });
    expect(asked.toSorted()).toEqual(['due', 'invoice', 'lisbon']);
    expect(bestRelevance).toBeGreaterThan(0.4);
    expect(reason).toBeNull();
    expect(hits.map(({ seq }) => seq)).toEqual(hits.map(({ seq }) => seq).toSorted((a, b) => a! - b!));
  });

  it('brings the message beside a hit, and what the assistant said where it is asked for', async () => {
    await using opened = await openContext(where);
    const { context } = opened;
    await say(context, 'c', [
      ['user', 'Which database for the ledger?'],
      ['assistant', 'PostgreSQL suits the ledger well.'],
      ...filler,
    ]);
    const { hits } = await context.recall({ text: 'ledger database', conversationId: 'c' });
    expect(hits.map(({ id }) => id)).toEqual(expect.arrayContaining(['c-0', 'c-1', 'c-2']));
    expect(hits.find(({ id }) => id === 'c-2')).toMatchObject({ relevance: 0, matched: [] });
    const asked = await context.recall({ text: 'What did you recommend for the ledger?', conversationId: 'c' });
    expect(asked.hits.find(({ id }) => id === 'c-1')!.parts.role).toBe(1);
    expect(hits.find(({ id }) => id === 'c-1')!.parts.role).toBe(0.3);
  });

  it('stays with the owner, the project and the conversation, and leaves private conversations alone', async () => {
    await using opened = await openContext(where);
    const { context } = opened;
    const secret: Said[] = [['user', 'The canary sings in the mine.']];
    await say(context, 'mine', secret, { owner: 'ana' });
    await say(context, 'project', secret, { owner: 'ana', project: 'p' });
    await say(context, 'private', secret, { owner: 'ana', private: true });
    await say(context, 'other', secret, { owner: 'bob' });
    const found = async (query: object) =>
      (await context.recall({ text: 'canary mine', ...query })).hits
        .map(({ conversationId }) => conversationId)
        .toSorted();
    expect(await found({ owner: 'ana' })).toEqual(['mine']);
    expect(await found({ owner: 'ana', project: 'p' })).toEqual(['project']);
    expect(await found({ owner: 'ana', acrossProjects: true })).toEqual(['mine', 'project']);
    expect(await found({ owner: 'bob' })).toEqual(['other']);
    expect(await found({ conversationId: 'project' })).toEqual(['project']);
    expect(await found({ owner: 'bob', conversationId: 'mine' })).toEqual([]);
    expect(await found({ owner: 'nobody' })).toEqual([]);
    expect(await found({ conversationId: 'none' })).toEqual([]);
  });

  it('finds memories and leaves their source out, those that are active alone', async () => {
    await using opened = await openContext(where);
    const { context } = opened;
    await say(context, 'c', [['user', 'Always use metric units for recipes.'], ...filler]);
    const { memory } = await context.memories.add({ text: 'The oven reaches 250 degrees', kind: 'fact' });
    const { memory: old } = await context.memories.add({ text: 'The oven is broken', kind: 'note' });
    await context.memories.reject(old.id);
    const { hits } = await context.recall({
      text: 'Can you adapt the recipes to metric units for my oven?',
      conversationId: 'c',
    });
    const kinds = hits.map(({ kind, id, sources }) => [kind, kind === 'memory' ? sources.length : id]);
    expect(kinds).toEqual(
      expect.arrayContaining([
        ['memory', 1],
        ['memory', 0],
      ]),
    );
    expect(hits.some(({ id }) => id === 'c-0' || id === old.id)).toBe(false);
    expect(hits.some(({ id }) => id === memory.id)).toBe(true);
    const only = await context.recall({ text: 'metric oven', conversationId: 'c', kinds: ['message'] });
    expect(only.hits.every(({ kind }) => kind === 'message')).toBe(true);
  });

  it('leaves out what is in the window already, and what is older than asked for', async () => {
    await using opened = await openContext(where);
    const { context, clock } = opened;
    await say(context, 'c', [['user', 'The parrot speaks Greek.']]);
    await clock.advance(10_000);
    await context.messages('c').append({ id: 'late', role: 'user', text: 'The parrot speaks Latin.' });
    const ids = async (query: object) =>
      (await context.recall({ text: 'parrot speaks', conversationId: 'c', ...query })).hits.map(({ id }) => id);
    expect(await ids({})).toEqual(['c-0', 'late']);
    expect(await ids({ exclude: ['late'] })).toEqual(['c-0']);
    expect(await ids({ sinceMs: clock.now() })).toEqual(['late']);
    expect(await ids({ limit: 1 })).toHaveLength(1);
  });

  it.each([
    '',
    '?!',
    '"',
    'NEAR(',
    '* OR a*',
    'text:x',
    'a AND NOT "b',
    "'; drop table context_messages; --",
    '\\',
    '😀',
    '\ud800',
    'x\0y',
    '🏳️‍🌈 קפה שלום مرحبا 東京 ไทย',
  ])('takes "%s" as plain text', async (text) => {
    await using opened = await openContext(where);
    await say(opened.context, 'c', filler);
    const { reason } = await opened.context.recall({ text, conversationId: 'c' });
    expect(reason).not.toBe('failed');
  });

  it('finds words of every alphabet', async () => {
    await using opened = await openContext(where);
    const texts = [
      'Где моя красная книга',
      'Η γάτα κοιμάται',
      'شجرة الزيتون',
      'עץ התפוח',
      '東京都の天気予報',
      '오늘 날씨',
      'दिल्ली का मौसम',
      'Straße über Köln',
    ];
    await say(
      opened.context,
      'c',
      texts.map((text): Said => ['user', text]),
    );
    for (const [question, index] of [
      ['книга', 0],
      ['γάτα', 1],
      ['الزيتون', 2],
      ['התפוח', 3],
      ['天気', 4],
      ['날씨', 5],
      ['मौसम', 6],
      ['koln', 7],
    ] as const) {
      const { ranking } = await opened.context.recall({ text: question, conversationId: 'c' });
      expect([question, ranking[0]]).toEqual([question, `c-${index}`]);
    }
  });

  it('opens the gate for what the history is about, and learns from other conversations', async () => {
    await using opened = await openContext(where);
    const { context } = opened;
    const topics = ['violin', 'glacier', 'compiler', 'orchid', 'harbour'];
    for (const topic of topics) {
      await say(context, topic, [
        ['user', `My ${topic} needs a new case before the long winter in the north.`],
        ...filler,
      ]);
    }
    const ask = (text: string, gate: boolean | number = true) =>
      context.recall({ text, conversationId: 'violin', gate, kinds: ['message'] });
    expect(await ask('ok thanks')).toMatchObject({ hits: [], reason: 'too-few-words', gate: null });
    expect(await ask('violin case before winter')).toMatchObject({ reason: null, gate: 0.15 });
    expect(await ask('volcano eruption ash cloud talk')).toMatchObject({ hits: [], reason: 'below-gate', gate: 0.15 });
    expect(await ask('violin case before winter', 0.99)).toMatchObject({ hits: [], reason: 'below-gate', gate: 0.99 });
    for (let turn = 0; turn < 50; turn++) await ask(`violin case number ${turn}`);
    const { gate } = await ask('violin case before winter');
    expect(gate).not.toBe(0.15);
    expect(gate).toBeGreaterThanOrEqual(0.1);
    expect(gate).toBeLessThanOrEqual(0.25);
  });

  it('recalls what a fork shares with its parent, and nothing that the parent said later', async () => {
    await using opened = await openContext(where);
    const { context } = opened;
    await say(context, 'parent', [
      ['user', 'The walnut desk stands in Graz.'],
      ['assistant', 'Noted.'],
    ]);
    const fork = await context.conversations.fork('parent', { atMessage: 'parent-1' });
    await context.messages('parent').append({ id: 'later', role: 'user', text: 'The walnut desk went to Linz.' });
    const { hits } = await context.recall({ text: 'walnut desk', conversationId: fork.id });
    expect(hits.map(({ id }) => id)).toContain('parent-0');
    expect(hits.map(({ id }) => id)).not.toContain('later');
    expect(hits.every(({ conversationId }) => conversationId === fork.id)).toBe(true);
  });

  it('gives a plan its pins, decisions, tasks and hits as labelled data', async () => {
    const taskFacts = async () => [
      {
        id: 'task1',
        title: 'Build',
        state: 'running',
        step: 1,
        steps: 2,
        percent: 40,
        etaMs: null,
        updatedAtMs: 5,
        error: null,
      },
    ];
    await using opened = await openContext(where, { taskFacts });
    const { context } = opened;
    await say(
      context,
      'c',
      [['user', 'Always write tests first.'], ['user', 'The export must be a CSV with semicolons.'], ...filler],
      { project: 'p' },
    );
    await context.memories.add({ text: 'We host in Frankfurt', kind: 'decision', project: 'p' });
    const plan = await context.recall.forPlan({
      goal: 'Write the CSV export',
      project: 'p',
      constraints: ['semicolons'],
    });
    expect(plan.items.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['instruction', 'decision', 'task', 'message']),
    );
    expect(plan.text).toContain('[task task1');
    expect(plan.text).toContain('We host in Frankfurt');
    expect(plan.text).toContain('c-1');
    expect(plan.failed).toEqual([]);
    const query = { goal: 'Write tests and the CSV export', project: 'p', maxHits: 1 };
    const few = await context.recall.forPlan(query);
    expect(few.items.filter(({ relevance }) => relevance !== null)).toHaveLength(1);
    const again = await context.recall.forPlan({ ...query, ids: plan.items.map(({ id }) => id) });
    expect(again.items.map(({ id }) => id)).toEqual(plan.items.map(({ id }) => id));
  });
});

it('never gives anything of another owner, whatever is asked', async () => {
  await using opened = await openContext(null);
  const { context } = opened;
  const words = ['apple', 'river', 'stone', 'cloud', 'tiger', 'lamp'];
  for (const owner of ['ana', 'bob']) {
    await say(
      context,
      owner,
      words.map((word): Said => ['user', `The ${word} of ${words.join(' ')} is here.`]),
      { owner },
    );
    for (const word of words)
      await context.memories.add({ owner, text: `${owner} likes the ${word} number ${word.length}` });
  }
  await fc.assert(
    fc.asyncProperty(fc.subarray(words, { minLength: 1 }), fc.constantFrom('ana', 'bob'), async (asked, owner) => {
      const { hits } = await context.recall({ text: asked.join(' '), owner });
      const mine = new Set((await context.memories.list({ owner })).map(({ id }) => id));
      for (const { kind, id } of hits) expect(kind === 'memory' ? mine.has(id) : id.startsWith(owner)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

it('takes no extract of a conversation for a hit: its messages are found themselves', async () => {
  const model = { model: 'small', contextTokens: 2_048, countsExactly: false, role: 'ux' } as const;
  await using opened = await openContext(null, { models: [model] });
  const { context } = opened;
  await say(context, 'c', [['user', 'The invoice of the Lisbon office is due on Friday.'], ...filler.slice(1)]);
  for (let turn = 0; turn < 12; turn++) {
    await context
      .messages('c')
      .append({ role: 'assistant', text: `Long answer ${turn}. ${'bread and weather '.repeat(60)}` });
    await context.messages('c').append({ role: 'user', text: `And then ${turn}?` });
    await context.window.fit({ conversationId: 'c', model: 'small', recall: false });
  }
  const extracts = await context.summaries.of('c');
  expect(extracts.some(({ kind, text }) => kind === 'extract' && text.includes('Lisbon'))).toBe(true);
  const { hits } = await context.recall({ text: 'When is the Lisbon invoice due?', conversationId: 'c' });
  expect(hits.some(({ id }) => id === 'c-0')).toBe(true);
  expect(hits.filter(({ kind }) => kind === 'summary')).toEqual([]);
});

describe('with an embedder', () => {
  const embed = (fails = false): Embed => ({
    id: 'letters',
    dimensions: 2,
    embed: async (texts, { signal }) => {
      signal?.throwIfAborted();
      if (fails) throw new Error('no embedder');
      return texts.map((text) => Float32Array.from([text.includes('bird') ? 1 : 0, text.includes('bird') ? 0 : 1]));
    },
  });

  it('orders by likeness as well once vectors are made', async () => {
    await using opened = await openContext(null, { embed: embed() });
    const { context } = opened;
    await say(context, 'c', [['user', 'A fine bird sings sweetly'], ...filler, ['user', 'A fine train sings sweetly']]);
    const first = async () => (await context.recall({ text: 'what bird sings sweetly', conversationId: 'c' })).hits;
    expect((await first()).every(({ parts }) => parts.vector === null)).toBe(true);
    expect(await context.recall.embedPending({ limit: 5 })).toBe(5);
    while ((await context.recall.embedPending()) > 0);
    expect((await first()).find(({ id }) => id === 'c-0')!.parts.vector).toBe(1);
  });

  it('goes on without one that fails', async () => {
    const logged: string[] = [];
    const log = (_: object, message: string) => void logged.push(message);
    await using opened = await openContext(null, { embed: embed() });
    await say(opened.context, 'c', filler);
    await opened.context.recall.embedPending();
    const failing = opened.again({ embed: embed(true), logger: { debug: log, info: log, warn: log, error: log } });
    expect((await failing.recall({ text: 'plain talk', conversationId: 'c' })).hits.length).toBeGreaterThan(0);
    expect(logged).toEqual(['The embedder failed; recall goes on without vectors.']);
    await failing.messages('c').append({ role: 'user', text: 'one more' });
    await expect(failing.recall.embedPending()).rejects.toThrow('no embedder');
  });

  it('keeps none of what was deleted, redacted or closed while they were made', async () => {
    let meanwhile = async () => {};
    const slow: Embed = {
      ...embed(),
      async embed(texts, options) {
        await meanwhile();
        return embed().embed(texts, options);
      },
    };
    await using opened = await openContext(null, { embed: slow });
    const { context } = opened;
    await say(context, 'c', filler.slice(0, 3));
    await say(context, 'gone', filler.slice(0, 2));
    const memory = await context.memories.add({ text: 'a bird', kind: 'fact' });
    meanwhile = async () => {
      await context.messages('c').redact('c-1', { reason: 'private' });
      await context.conversations.delete('gone', { forks: 'keep' });
      await context.memories.delete(memory.memory.id);
    };
    await context.recall.embedPending();
    const { rows } = await sql<{ id: string }>`select m.id from context_vectors v
      left join context_messages m on m.num = v.num order by v.num`.execute(opened.kysely);
    expect(rows.map(({ id }) => id)).toEqual(['c-0', 'c-2']);
    expect((await context.verify()).problems).toEqual([]);
  });

  it('makes none without an embedder', async () => {
    await using opened = await openContext(null);
    expect(await opened.context.recall.embedPending()).toBe(0);
  });
});

describe('failures', () => {
  it('become an empty result with a reason, and a plan without its parts', async () => {
    const logged: string[] = [];
    const log = (_: object, message: string) => void logged.push(message);
    const taskFacts = async () => Promise.reject(new Error('no tasks'));
    await using opened = await openContext(null, {
      taskFacts,
      logger: { debug: log, info: log, warn: log, error: log },
    });
    await say(opened.context, 'c', filler);
    const { failed } = await opened.context.recall.forPlan({ goal: 'plain talk', project: null });
    expect(failed).toEqual(['tasks']);
    await opened.kysely.destroy();
    expect(await opened.context.recall({ text: 'plain talk', conversationId: 'c' })).toMatchObject({
      hits: [],
      reason: 'failed',
    });
    expect((await opened.context.recall.forPlan({ goal: 'plain talk', project: null })).failed.toSorted()).toEqual([
      'memories',
      'recall',
      'tasks',
    ]);
    expect(logged.length).toBeGreaterThanOrEqual(2);
  });

  it('an aborted signal rejects with its reason', async () => {
    await using opened = await openContext(null);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(opened.context.recall({ text: 'plain talk' }, { signal })).rejects.toThrow('enough');
    await expect(opened.context.recall.forPlan({ goal: 'plain talk', project: null }, { signal })).rejects.toThrow(
      'enough',
    );
  });
});
