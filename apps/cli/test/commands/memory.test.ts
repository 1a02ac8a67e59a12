import { describe, expect, it } from 'vitest';
import { addMemory, deleteMemory, editMemory, pinMemory, unpinMemory } from '../../src/commands/memory-change.js';
import { listMemories, searchMemories } from '../../src/commands/memory-list.js';
import { explainMemories, showMemory } from '../../src/commands/memory-show.js';
import { failure } from '../support/fake-tale.js';
import { memorySystem } from '../support/memory-system.js';
import { memoryView } from '../support/memory-views.js';

const one = memoryView();

describe('tale memory list', () => {
  it('shows kinds, states and texts on one line each, and how to go on', async () => {
    const memories = [
      memoryView({ kind: 'instruction', isPinned: true, text: 'Always\nanswer \u001b[31min French.' }),
      memoryView({ memoryId: '01KB00000000000000000MEM02', state: 'suggested' }),
    ];
    await using running = await memorySystem(() => ({ memories, next: '1.x' }));
    await listMemories(running.context, { kind: 'fact', pinned: true, superseded: true, limit: '2', cursor: '0.a' });
    expect(running.out()).toMatch(/MEM01 +instruction +pinned +\S+ \w+ +Always answer in French\.\n/);
    expect(running.out()).toMatch(/MEM02 +fact +suggested/);
    expect(running.err()).toContain('more: tale memory list --cursor 1.x');
    expect(running.calls).toEqual([
      {
        ...{ tool: 'memory', action: 'list', kind: 'fact', limit: 2, cursor: '0.a' },
        ...{ pinned: true, includeSuperseded: true },
      },
    ]);
  });

  it('says what to do where there is nothing, and prints tale.memories/1', async () => {
    await using empty = await memorySystem(() => ({ memories: [], next: null }));
    await listMemories(empty.context, {});
    expect(empty.err()).toContain('nothing is remembered yet: tale memory add');
    await using narrow = await memorySystem(() => ({ memories: [], next: null }));
    await listMemories(narrow.context, { text: 'x' });
    expect(narrow.err()).toBe('no such memories\n');
    await using json = await memorySystem(() => ({ memories: [one], next: null }), { json: true });
    await listMemories(json.context, {});
    expect(json.document()).toEqual({ schema: 'tale.memories/1', memories: [one], next: null });
  });

  it.each([{ kind: 'thought' }, { state: 'asleep' }, { limit: '0' }, { limit: '201' }])(
    'refuses %j',
    async (options) => {
      await using running = await memorySystem(() => ({}));
      await expect(listMemories(running.context, options)).rejects.toMatchObject({ exitCode: 2 });
      expect(running.calls).toEqual([]);
    },
  );
});

describe('tale memory search', () => {
  it('shows how well each fits', async () => {
    const found = { memories: [{ ...one, relevance: 0.456 }], next: null };
    await using running = await memorySystem(() => found);
    await searchMemories(running.context, ['the', 'cat'], { project: 'home' });
    expect(running.out()).toMatch(/46 % +The cat is called Mia\./);
    expect(running.calls).toMatchObject([{ action: 'search', text: 'the cat', project: 'home' }]);
    await using json = await memorySystem(() => found, { json: true });
    await searchMemories(json.context, ['cat'], {});
    expect(json.document()).toMatchObject({ schema: 'tale.memories/1', memories: [{ relevance: 0.456 }] });
    await using none = await memorySystem(() => ({ memories: [] }));
    await searchMemories(none.context, ['dog'], {});
    expect(none.err()).toContain('tale memory list');
  });
});

describe('tale memory show and explain', () => {
  const explained = {
    ...memoryView({ origin: 'rule', quote: 'The cat is Mia', sourceMessageId: 'm1', uses: 3, usedAt: one.createdAt }),
    validTo: one.createdAt,
    source: {
      ...{ messageId: 'm1', conversationId: '01KB0000000000000000CNV001', title: null, seq: 7, role: 'user' },
      ...{ at: one.createdAt, excerpt: 'By the way: the cat is Mia' },
    },
    replaced: [memoryView({ memoryId: '01KB0000000000000000000OLD', text: 'The cat is Tom' })],
    replacedBy: memoryView({ memoryId: '01KB0000000000000000000NEW', text: 'The cat is Mimi' }),
  };

  it('shows one memory', async () => {
    await using running = await memorySystem(() => memoryView({ project: 'home' }));
    await showMemory(running.context, 'MEM01');
    expect(running.out()).toMatch(/text +The cat is called Mia\.\nproject +home\nmade .*\nused +0 times\n/);
  });

  it('says where it comes from, what became of it and how often it was used', async () => {
    await using running = await memorySystem(() => explained);
    await explainMemories(running.context, 'MEM01');
    const text = running.out();
    expect(text).toMatch(/used +3 times, last /);
    expect(text).toMatch(/from +caught by rule from what you said/);
    expect(text).toMatch(/words +“The cat is Mia”/);
    expect(text).toMatch(/message +user, .*number 7 of CNV001\nconversation +no title\nsaid +By the way/);
    expect(text).toMatch(/replaced +000OLD +The cat is Tom\nreplaced by +000NEW +The cat is Mimi/);
    await using json = await memorySystem(() => explained, { json: true });
    await explainMemories(json.context, 'MEM01');
    expect(json.document()).toMatchObject({ schema: 'tale.memory/1', source: { seq: 7 } });
  });

  it.each([
    [{ origin: 'user' }, /from +you wrote it\nmessage +none/],
    [
      { origin: 'model', sourceMessageId: 'gone' },
      /from +suggested by the small model.*\nmessage +it is not here any more/,
    ],
    [{ origin: 'import' }, /from +it came with an import/],
  ] as const)('knows the origin %j', async (changes, shown) => {
    const bare = { ...memoryView(changes), source: null, replaced: [], replacedBy: null };
    await using running = await memorySystem(() => bare);
    await explainMemories(running.context, 'MEM01');
    expect(running.out()).toMatch(shown);
  });
});

describe('tale memory add, pin, unpin and edit', () => {
  it('says what was remembered, what was known, and what is replaced', async () => {
    const added = { ...one, isDuplicate: false, superseded: ['01KB0000000000000000000OLD'] };
    await using running = await memorySystem(() => added);
    await addMemory(running.context, 'The cat is called Mia.', { kind: 'fact', project: 'home', pin: true });
    expect(running.out()).toBe('0MEM01 is remembered\n');
    expect(running.err()).toBe('000OLD is replaced\n');
    expect(running.calls).toEqual([
      { tool: 'memory', action: 'add', text: 'The cat is called Mia.', kind: 'fact', project: 'home', pinned: true },
    ]);
    await using known = await memorySystem(() => ({ ...added, isDuplicate: true, superseded: [] }));
    await addMemory(known.context, 'x', {});
    expect(known.out()).toBe('0MEM01 says the same already\n');
    await using json = await memorySystem(() => added, { json: true });
    await addMemory(json.context, 'x', {});
    expect(json.document()).toMatchObject({ schema: 'tale.memory/1', isDuplicate: false });
  });

  it('changes the memory that an end of its id means', async () => {
    await using running = await memorySystem(() => memoryView({ memoryId: '01KB0000000000000000000NEW' }));
    await pinMemory(running.context, 'MEM01');
    await unpinMemory(running.context, 'MEM01');
    await editMemory(running.context, 'MEM01', 'The cat is Mimi', {});
    expect(running.out()).toBe('000NEW is pinned\n000NEW is not pinned\n000NEW takes the place of 0MEM01\n');
    expect(running.calls.map(({ action, id }) => [action, id])).toEqual(
      ['pin', 'unpin', 'edit'].map((action) => [action, one.memoryId]),
    );
  });

  it('refuses an empty text and a change of nothing before it asks anybody', async () => {
    await using running = await memorySystem(() => ({}));
    await expect(addMemory(running.context, ' ', {})).rejects.toMatchObject({ exitCode: 2 });
    await expect(editMemory(running.context, 'MEM01', undefined, {})).rejects.toMatchObject({ exitCode: 2 });
    expect(running.tale.requests).toEqual([]);
  });

  it('prints tale.memory/1 for every change', async () => {
    for (const change of [pinMemory, unpinMemory, (context: never, id: string) => editMemory(context, id, 'x', {})]) {
      await using running = await memorySystem(() => one, { json: true });
      await change(running.context as never, 'MEM01');
      expect(running.document()).toMatchObject({ schema: 'tale.memory/1', memoryId: one.memoryId });
    }
  });
});

describe('tale memory delete', () => {
  it('deletes only with --yes where nobody can be asked', async () => {
    await using running = await memorySystem(() => ({ ...one, deleted: true }));
    await expect(deleteMemory(running.context, 'MEM01', {})).rejects.toMatchObject({
      exitCode: 2,
      envelope: { hint: expect.stringContaining('--yes') },
    });
    await deleteMemory(running.context, 'MEM01', { dryRun: true });
    expect(running.calls).toEqual([]);
    await deleteMemory(running.context, 'MEM01', { yes: true });
    expect(running.out()).toBe('would delete 0MEM01  The cat is called Mia.\n0MEM01 is deleted\n');
    expect(running.calls).toMatchObject([{ action: 'delete', id: one.memoryId }]);
  });

  it('prints tale.memory/1', async () => {
    await using running = await memorySystem(() => ({ ...one, deleted: true }), { json: true });
    await deleteMemory(running.context, 'MEM01', { yes: true });
    expect(running.document()).toMatchObject({ schema: 'tale.memory/1', deleted: true });
    await using dry = await memorySystem(() => ({}), { json: true });
    await deleteMemory(dry.context, 'MEM01', { dryRun: true });
    expect(dry.document()).toMatchObject({ deleted: false });
  });
});

it('ends with the exit code of what the server refuses', async () => {
  await using running = await memorySystem(() => {
    throw Object.assign(new Error('no'), { envelope: failure('message-too-large', 'A memory holds at most 2000.') });
  });
  await expect(addMemory(running.context, 'x', {})).rejects.toMatchObject({ exitCode: 2 });
});
