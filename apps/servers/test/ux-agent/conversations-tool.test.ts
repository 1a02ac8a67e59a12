import type { Message } from '@tale/context';
import { conversationViewSchema, messageViewSchema } from '@tale/protocol';
import { describe, expect, it } from 'vitest';
import { fitPage } from '../../src/ux-agent/conversations-tool.js';
import { startUxAgent } from '../support/ux-agent.js';

type Agent = Awaited<ReturnType<typeof startUxAgent>>;

async function say(agent: Agent, id: string, texts: readonly string[], conversation: object = {}) {
  await agent.context.conversations.create({ id, ...conversation });
  for (const text of texts) await agent.context.messages(id).append({ role: 'user', text });
}

it('lists, shows and deletes', async () => {
  await using agent = await startUxAgent();
  await say(agent, 'trip', ['to Vienna', 'by train', 'at night'], { project: 'travel', title: 'A trip' });
  await say(agent, 'other', ['rice']);
  const { conversations } = await agent.conversations({ action: 'list', project: 'travel' });
  expect(conversations.map((view: unknown) => conversationViewSchema.parse(view))).toMatchObject([
    { conversationId: 'trip', title: 'A trip', messages: 3 },
  ]);
  const first = await agent.conversations({ action: 'list', limit: 1 });
  const rest = await agent.conversations({ action: 'list', limit: 1, cursor: first.next });
  expect([first, rest].map((page) => page.conversations[0].conversationId).sort()).toEqual(['other', 'trip']);

  const shown = await agent.conversations({ action: 'show', id: 'trip', limit: 2 });
  expect(shown.page.map((view: unknown) => messageViewSchema.parse(view))).toMatchObject([
    { seq: 2, text: 'by train', characters: 8 },
    { seq: 3 },
  ]);
  expect(shown).toMatchObject({ before: 2, after: null });
  const earlier = await agent.conversations({ action: 'show', id: 'trip', before: shown.before });
  expect(earlier.page).toMatchObject([{ seq: 1 }]);

  const planned = await agent.conversations({ action: 'delete', id: 'trip', dryRun: true });
  expect(planned).toMatchObject({ dryRun: true, rows: { conversations: 1, messages: 3 } });
  const report = await agent.conversations({ action: 'delete', id: 'trip' });
  expect(report).toMatchObject({ dryRun: false, rows: { conversations: 1, messages: 3 }, scrubbed: true });
  for (const action of ['show', 'delete'])
    await expect(agent.conversations({ action, id: 'trip' })).rejects.toMatchObject({
      envelope: { code: 'not-found', hint: 'tale conversations list' },
    });
});

it('finds messages by words, within limits, newest first page by page', async () => {
  await using agent = await startUxAgent();
  await say(agent, 'a', ['the night train', 'the day train']);
  await say(agent, 'b', ['a train in b']);
  const search = (args: object) => agent.conversations({ action: 'search', text: 'train', ...args });
  expect((await search({})).hits).toHaveLength(3);
  expect((await search({ text: 'night train' })).hits).toMatchObject([
    {
      conversationId: 'a',
      seq: 1,
      marks: [
        [4, 9],
        [10, 15],
      ],
    },
  ]);
  expect((await search({ conversation: 'b' })).hits).toMatchObject([{ conversationId: 'b' }]);
  expect((await search({ until: '1990-01-01T00:00:00Z' })).hits).toEqual([]);
  const first = await search({ newest: true, limit: 2 });
  const second = await search({ limit: 2, cursor: first.next });
  expect([...first.hits, ...second.hits]).toHaveLength(3);
  await expect(search({ conversation: 'none' })).rejects.toMatchObject({ envelope: { code: 'not-found' } });
});

it('keeps what forks share, or deletes them too', async () => {
  await using agent = await startUxAgent();
  await say(agent, 'parent', ['one', 'two']);
  const [message] = (await agent.context.messages('parent').page()).messages;
  const fork = await agent.context.conversations.fork('parent', { atMessage: message?.id ?? '' });
  await agent.conversations({ action: 'delete', id: 'parent' });
  expect(await agent.conversations({ action: 'show', id: fork.id })).toMatchObject({ page: [{ text: 'one' }] });
  await agent.conversations({ action: 'delete', id: fork.id, forks: 'delete' });
  expect((await agent.conversations({ action: 'list' })).conversations).toEqual([]);
});

describe('fitPage', () => {
  const messages = [1, 2, 3].map(
    (seq) =>
      ({ id: `m${seq}`, seq, role: 'user', text: 'x'.repeat(900_000), createdAtMs: 0, redactedAtMs: null }) as Message,
  );

  it('shows the beginning of a long message and says how long it is', () => {
    const { page } = fitPage({ messages: messages.slice(0, 1), before: null, after: null }, false);
    expect(page).toMatchObject([{ characters: 900_000 }]);
    expect(page[0]?.text.length).toBe(16_384);
  });

  it('leaves to the next page what an answer cannot carry', () => {
    const many = Array.from({ length: 100 }, (_, at) => ({ ...(messages[0] as Message), seq: at + 1 }));
    const newest = fitPage({ messages: many, before: null, after: null }, false);
    expect(newest.page.at(-1)?.seq).toBe(100);
    expect(newest.before).toBe(newest.page[0]?.seq);
    expect(newest.page.length).toBe(61);
    const forward = fitPage({ messages: many, before: null, after: null }, true);
    expect(forward.page[0]?.seq).toBe(1);
    expect(forward.after).toBe(61);
  });

  it('cuts no character in half', () => {
    const [message] = messages as [Message];
    const { page } = fitPage(
      { messages: [{ ...message, text: `${'x'.repeat(16_383)}😀` }], before: null, after: null },
      false,
    );
    expect(page[0]?.text).toBe('x'.repeat(16_383));
  });
});
