import { forgetViewSchema, memoryViewSchema } from '@tale/protocol';
import { expect, it } from 'vitest';
import { startUxAgent } from '../support/ux-agent.js';

it('adds, shows, lists, finds, changes and deletes', async () => {
  await using agent = await startUxAgent();
  const added = await agent.memory({ action: 'add', text: 'The cat is called Mia.', kind: 'fact', project: 'home' });
  expect(memoryViewSchema.parse(added)).toMatchObject({ kind: 'fact', project: 'home', isDuplicate: false });
  const again = await agent.memory({ action: 'add', text: 'the cat is called mia.', kind: 'fact', project: 'home' });
  expect(again).toMatchObject({ memoryId: added.memoryId, isDuplicate: true });
  const id = added.memoryId as string;

  expect(await agent.memory({ action: 'show', id })).toMatchObject({ text: 'The cat is called Mia.' });
  expect(await agent.memory({ action: 'list', project: 'home', kind: 'fact' })).toMatchObject({
    memories: [{ memoryId: id }],
    next: null,
  });
  expect(await agent.memory({ action: 'list', kind: 'note' })).toEqual({ memories: [], next: null });
  for (const where of [{}, { project: 'home' }]) {
    const found = await agent.memory({ action: 'search', text: 'what is the cat called', ...where });
    expect(found.memories).toMatchObject([{ memoryId: id, relevance: expect.any(Number) }]);
  }
  expect(await agent.memory({ action: 'search', text: 'cat', project: 'work' })).toMatchObject({ memories: [] });
  expect(await agent.memory({ action: 'pin', id })).toMatchObject({ isPinned: true });
  expect(await agent.memory({ action: 'unpin', id })).toMatchObject({ isPinned: false });
  const edited = await agent.memory({ action: 'edit', id, text: 'The cat is called Mimi.', project: null });
  expect(edited).toMatchObject({ project: null, text: 'The cat is called Mimi.' });
  expect(await agent.memory({ action: 'list', includeSuperseded: true })).toMatchObject({ memories: { length: 2 } });
  expect(await agent.memory({ action: 'delete', id })).toMatchObject({ deleted: true });
  await expect(agent.memory({ action: 'show', id })).rejects.toMatchObject({
    envelope: { code: 'not-found', source: 'ux-agent', hint: 'tale memory list' },
  });
});

it('explains where a memory comes from and what replaced it', async () => {
  await using agent = await startUxAgent();
  await agent.context.conversations.create({ id: 'trip', title: 'A trip' });
  const { id, pinned } = await agent.context
    .messages('trip')
    .append({ role: 'user', text: 'Always use metric units.' });
  const memoryId = pinned[0]?.memoryId;
  expect(await agent.memory({ action: 'explain', id: memoryId })).toMatchObject({
    origin: 'rule',
    quote: 'Always use metric units.',
    source: { messageId: id, conversationId: 'trip', title: 'A trip', seq: 1, excerpt: 'Always use metric units.' },
    replaced: [],
    replacedBy: null,
  });
  const edited = await agent.memory({ action: 'edit', id: memoryId, text: 'Always use imperial units.' });
  expect(await agent.memory({ action: 'explain', id: edited.memoryId })).toMatchObject({ replaced: [{ memoryId }] });
});

it('only lists what would be forgotten unless it is told otherwise', async () => {
  await using agent = await startUxAgent();
  await agent.memory({ action: 'add', text: 'Rome is warm.' });
  const shown = await agent.memory({ action: 'forget', text: 'rome' });
  expect(forgetViewSchema.parse(shown)).toMatchObject({
    dryRun: true,
    rows: { memories: 1 },
    hits: [{ kind: 'memory', excerpt: 'Rome is warm.' }],
  });
  expect(shown.notCovered.join(' ')).toMatch(/Backups.*tasks.*Logs/s);
  expect((await agent.memory({ action: 'list' })).memories).toHaveLength(1);
  const report = await agent.memory({ action: 'forget', text: 'rome', dryRun: false });
  expect(report).toMatchObject({ dryRun: false, rows: { memories: 1 }, scrubbed: true });
  expect((await agent.memory({ action: 'list' })).memories).toEqual([]);
});

it('forgets by conversation, project, time and all', async () => {
  await using agent = await startUxAgent();
  const { context } = agent;
  for (const [id, project] of [
    ['a', 'p'],
    ['b', 'p'],
    ['c', 'q'],
  ] as const) {
    await context.conversations.create({ id, project });
    await context.messages(id).append({ role: 'user', text: `hello from ${id}` });
  }
  const forget = (scope: object) => agent.memory({ action: 'forget', dryRun: false, ...scope });
  const left = async () => (await context.conversations.list()).conversations.map(({ id }) => id).sort();
  await forget({ conversation: 'a' });
  expect(await left()).toEqual(['b', 'c']);
  await forget({ project: 'p', before: '1990-01-01T00:00:00Z' });
  expect(await left()).toEqual(['b', 'c']);
  await forget({ project: 'p' });
  expect(await left()).toEqual(['c']);
  await forget({ everything: true });
  expect(await left()).toEqual([]);
});

it.each([
  [{ action: 'forget' }],
  [{ action: 'forget', dryRun: false }],
  [{ action: 'forget', text: '  ', dryRun: false }],
  [{ action: 'forget', everything: true, project: 'p', dryRun: false }],
  [{ action: 'forget', project: null, dryRun: false }],
  [{ action: 'add' }],
  [{ action: 'add', text: ' \n' }],
  [{ action: 'add', text: 'x', id: 'y' }],
  [{ action: 'edit', id: 'x' }],
  [{ action: 'show' }],
])('refuses %j and changes nothing', async (args) => {
  await using agent = await startUxAgent();
  await agent.memory({ action: 'add', text: 'kept' });
  await expect(agent.memory(args)).rejects.toMatchObject({ envelope: { code: 'invalid-request' } });
  expect((await agent.memory({ action: 'list' })).memories).toHaveLength(1);
});

it('refuses what is no argument, no action, and a text that is too long', async () => {
  await using agent = await startUxAgent();
  for (const args of [{}, { action: 'drop' }, { action: 'list', sql: '1' }, { action: 'list', limit: 0 }])
    await expect(agent.memory(args)).rejects.toMatchObject({ code: expect.stringMatching(/tool-error|protocol/) });
  await expect(agent.memory({ action: 'add', text: 'x'.repeat(1_000_000) })).rejects.toMatchObject({
    envelope: { code: 'message-too-large', details: { limit: 2_000 } },
  });
});

it.each(["'; drop table context_memories; --", 'a" OR 1=1 NEAR(x y) *', 'col:umn ^-{', '\u0000\ud800', '%_!'])(
  'takes %j as a text in every field',
  async (text) => {
    await using agent = await startUxAgent();
    const clean = text.replace('\u0000', '\ufffd').replace('\ud800', '\ufffd');
    const { memoryId } = await agent.memory({ action: 'add', text, project: text });
    expect(await agent.memory({ action: 'show', id: memoryId })).toMatchObject({ text: clean });
    expect(await agent.memory({ action: 'list', text })).toMatchObject({ memories: [{ memoryId }] });
    await agent.memory({ action: 'search', text, project: text });
    await expect(agent.memory({ action: 'explain', id: text })).rejects.toMatchObject({
      envelope: { code: 'not-found' },
    });
    await agent.memory({ action: 'forget', conversation: text, dryRun: false });
    expect((await agent.memory({ action: 'list' })).memories).toHaveLength(1);
    await agent.memory({ action: 'forget', text, dryRun: false });
    expect((await agent.memory({ action: 'list' })).memories).toEqual([]);
  },
);
