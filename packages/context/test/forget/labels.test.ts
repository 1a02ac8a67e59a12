import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { createContext } from '../../src/index.js';
import { filesWith, indexedWords } from '../support/files-with.js';
import { openDatabase } from '../support/open-database.js';

const canary = 'zqcanaryx';

it('CONTEXT-4: a text is left nowhere beside the messages: names, folders, meta, ids of calls and tasks, tools', async () => {
  await using database = await openDatabase();
  const { kysely } = database;
  await using context = createContext({ kysely });
  await context.conversations.create({
    id: 'c',
    title: `title ${canary}`,
    project: `project ${canary}`,
    folder: `folder ${canary}`,
    meta: { keep: 'this', value: canary, [`name ${canary}`]: 1, deep: { list: ['one', `two ${canary}`] } },
  });
  await context.conversations.create({ id: 'd', project: `project ${canary}` });
  const messages = context.messages('c');
  const toolCalls = [{ id: `call-${canary}`, name: `tool_${canary}`, arguments: {} }];
  await messages.append({ role: 'user', text: 'harmless', taskId: `task-${canary}`, taskLink: 'asked' });
  await messages.append({ role: 'assistant', text: 'I look', parts: { toolCalls }, callId: `model-${canary}` });
  await messages.append({ role: 'tool', text: 'found', toolCallId: `call-${canary}`, parts: { toolName: canary } });
  await messages.append({ role: 'user', text: 'stays' });
  await context.memories.add({ text: 'tea is better', kind: 'fact', project: `project ${canary}` });

  const { scrubbed } = await context.forget({ text: canary.toUpperCase() });

  expect(scrubbed).toBe(true);
  expect(filesWith(dirname(database.path), canary)).toEqual([]);
  expect(await indexedWords(kysely, canary.slice(0, 6))).toEqual([]);
  expect((await context.verify()).problems).toEqual([]);
  const conversation = await context.conversations.get('c');
  expect(conversation).toMatchObject({ title: null, folder: null, meta: { keep: 'this', deep: { list: ['one'] } } });
  expect(conversation?.project).toMatch(/^\[removed \d+\]$/);
  const named = { project: conversation!.project! };
  expect((await context.conversations.list(named)).conversations).toHaveLength(2);
  expect((await context.memories.list(named)).map(({ text }) => text)).toContain('tea is better');
  expect((await context.search({ text: 'stays', ...named })).hits).toHaveLength(1);
  expect((await context.forget({ text: canary })).rows.messages).toBe(0);
});

it('CONTEXT-4: the name of a project that only a memory has is gone with it', async () => {
  await using database = await openDatabase();
  await using context = createContext({ kysely: database.kysely });
  await context.memories.add({ text: 'tea is better', kind: 'fact', project: canary });
  await context.forget({ project: canary });
  expect(filesWith(dirname(database.path), canary)).toEqual([]);
});
