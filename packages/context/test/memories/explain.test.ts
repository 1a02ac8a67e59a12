import { expect, it } from 'vitest';
import { openContext } from '../support/open-context.js';

it('tells the message that a memory comes from, what it replaced and what replaced it', async () => {
  await using opened = await openContext(null);
  const { context } = opened;
  await context.conversations.create({ id: 'c' });
  const { id, pinned } = await context.messages('c').append({ role: 'user', text: 'Always answer in French.' });
  const old = pinned[0]!.memoryId;
  const changed = await context.memories.update(old, { text: 'Always answer in German.' });

  expect(await context.memories.explain(old)).toMatchObject({
    memory: { id: old, state: 'superseded', origin: 'rule' },
    source: { id, conversationId: 'c', seq: 1, role: 'user', text: 'Always answer in French.' },
    replaced: [],
    replacedBy: { id: changed.id, text: 'Always answer in German.' },
  });
  expect(await context.memories.explain(changed.id)).toMatchObject({
    memory: { id: changed.id },
    replaced: [{ id: old }],
    replacedBy: null,
  });
});

it('knows no source of what a person wrote', async () => {
  await using opened = await openContext(null);
  const { memory } = await opened.context.memories.add({ text: 'The cat is called Mia.' });
  expect(await opened.context.memories.explain(memory.id)).toEqual({
    memory,
    source: null,
    replaced: [],
    replacedBy: null,
  });
});

it('rejects an id that no memory has', async () => {
  await using opened = await openContext(null);
  await expect(opened.context.memories.explain('none')).rejects.toMatchObject({ code: 'not-found', id: 'none' });
});
