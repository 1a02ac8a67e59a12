import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportConversations } from '../../src/commands/conversations-export.js';
import { importConversations } from '../../src/commands/conversations-import.js';
import { listConversations, searchConversations } from '../../src/commands/conversations-list.js';
import { showConversation } from '../../src/commands/conversations-show.js';
import { failure } from '../support/fake-tale.js';
import { memorySystem } from '../support/memory-system.js';
import { conversationView, messageView } from '../support/memory-views.js';

const one = conversationView();

describe('tale conversations list', () => {
  it('shows titles, counts and marks, and how to go on', async () => {
    const conversations = [
      conversationView({ title: '\u001b]0;evil\u0007A\ntrip', isPrivate: true, archivedAt: one.createdAt }),
      conversationView({ conversationId: '01KB0000000000000000CNV002', title: null }),
    ];
    await using running = await memorySystem(() => ({ conversations, next: '1.2' }));
    await listConversations(running.context, { project: 'p', archived: false, limit: '2' });
    expect(running.out()).toMatch(/CNV001 +.* 3 +A trip \(private, archived\)\n/);
    expect(running.out()).toMatch(/CNV002 +.* 3 +no title\n/);
    expect(running.err()).toContain('more: tale conversations list --cursor 1.2');
    expect(running.calls).toEqual([{ tool: 'conversations', action: 'list', project: 'p', archived: false, limit: 2 }]);
  });

  it('says what to do where there are none, and prints tale.conversations/1', async () => {
    await using empty = await memorySystem(() => ({ conversations: [], next: null }));
    await listConversations(empty.context, {});
    expect(empty.err()).toContain('tale conversations import');
    await using narrow = await memorySystem(() => ({ conversations: [], next: null }));
    await listConversations(narrow.context, { archived: true });
    expect(narrow.err()).toBe('no such conversations\n');
    await using json = await memorySystem(() => ({ conversations: [one], next: null }), { json: true });
    await listConversations(json.context, {});
    expect(json.document()).toEqual({ schema: 'tale.conversations/1', conversations: [one], next: null });
  });
});

describe('tale conversations show', () => {
  it('shows the messages with their numbers, what is cut, and how to go on', async () => {
    const page = [
      messageView({ seq: 2, text: 'two\nlines \u001b[31m', characters: 100, status: 'aborted' }),
      messageView({ seq: 3, text: '[removed]', removedAt: one.createdAt }),
    ];
    const parts = {
      project: 'travel',
      folder: '/home',
      parentId: '01KB0000000000000000CNV009',
      archivedAt: one.createdAt,
    };
    await using running = await memorySystem(() => ({ ...one, ...parts, page, before: 2, after: 3 }));
    await showConversation(running.context, 'CNV001', { limit: '2', before: '9' });
    expect(running.out()).toMatch(/project +travel\nfolder +\/home\nfork of +CNV009\nmessages +3\n/);
    expect(running.out()).toMatch(/\n\n2 {2}user · .* · aborted\n {2}two\n {2}lines \n {2}… \d+ more characters\n/);
    expect(running.out()).toMatch(/\n3 {2}user · .* · removed\n/);
    expect(running.err()).toContain('whole messages: tale conversations export CNV001');
    expect(running.err()).toContain('earlier: tale conversations show CNV001 --before 2');
    expect(running.err()).toContain('later: tale conversations show CNV001 --after 3');
    expect(running.calls).toMatchObject([{ action: 'show', before: 9, limit: 2 }]);
  });

  it('prints tale.conversation/1', async () => {
    await using running = await memorySystem(() => ({ ...one, page: [], before: null, after: null }), { json: true });
    await showConversation(running.context, 'CNV001', {});
    expect(running.document()).toMatchObject({ schema: 'tale.conversation/1', page: [] });
  });
});

describe('tale conversations search', () => {
  const hit = {
    ...{ messageId: 'm1', conversationId: one.conversationId, title: 'A trip', seq: 4, role: 'user' },
    ...{ createdAt: one.createdAt, excerpt: 'the night\ntrain', marks: [[4, 9]] },
  };

  it('shows where each hit stands, and its words in bold on a terminal', async () => {
    const page = { hits: [hit], allWords: false, next: '1.2' };
    await using running = await memorySystem(() => page, { stdoutTerminal: true });
    const options = { conversation: 'CNV001', role: 'user', since: '2h', until: 'now', newest: true, limit: '3' };
    await searchConversations(running.context, ['night', 'train'], options);
    expect(running.out()).toContain('CNV001  message 4 · user · ');
    expect(running.out()).toContain('the \u001b[1mnight\u001b[22m train');
    expect(running.err()).toMatch(/these have some\n.*--newest --cursor 1\.2/s);
    expect(running.calls).toMatchObject([
      { action: 'search', text: 'night train', conversation: one.conversationId, role: 'user', newest: true, limit: 3 },
    ]);
  });

  it('says where there is none, and prints tale.hits/1', async () => {
    const none = { hits: [], allWords: true, next: null };
    await using running = await memorySystem(() => none);
    await searchConversations(running.context, ['x'], {});
    expect(running.err()).toBe('no message has these words\n');
    await using json = await memorySystem(() => none, { json: true });
    await searchConversations(json.context, ['x'], {});
    expect(json.document()).toEqual({ schema: 'tale.hits/1', ...none });
  });
});

describe('tale conversations export', () => {
  const text = '{"format":"tale.conversation/1","rows":[\n{"text":"a\u009b\u202e😀\u{e0041}b"}\n]}\n';
  const system = async (options = {}) => {
    const running = await memorySystem(() => ({}), options);
    running.tale.handlers['GET /v1/conversations/export'] = (_request, response) => void response.end(text);
    return running;
  };

  it('prints JSON that says the same and that no terminal obeys', async () => {
    await using running = await system();
    await exportConversations(running.context, ['CNV001'], {});
    expect(JSON.parse(running.out())).toEqual(JSON.parse(text));
    expect(running.out()).toContain('a\\u009b\\u202e😀\\udb40\\udc41b');
  });

  it('prints Markdown without what a terminal would obey', async () => {
    await using running = await system();
    await exportConversations(running.context, ['CNV001'], { format: 'markdown', redact: true });
    expect(running.out()).not.toMatch(/\u009b|\u202e/);
    expect(running.tale.requests.at(-1)).toBe('GET /v1/conversations/export');
  });

  it('writes a private file that is there only once it is whole, and replaces none unasked', async () => {
    await using running = await system();
    const output = join(running.folder, 'out.json');
    await exportConversations(running.context, [], { all: true, output });
    expect(running.out()).toMatch(/out\.json: \d+ B\n$/);
    expect(JSON.parse(readFileSync(output, 'utf8'))).toEqual(JSON.parse(text));
    expect((statSync(output).mode & 0o777).toString(8)).toBe('600');
    const again = exportConversations(running.context, [], { project: 'p', output });
    await expect(again).rejects.toMatchObject({ exitCode: 2, envelope: { hint: expect.stringContaining('--force') } });
    await exportConversations(running.context, [], { project: 'p', output, force: true });
  });

  it('leaves no file of an export that broke off', async () => {
    await using running = await system();
    running.tale.handlers['GET /v1/conversations/export'] = (_request, response) => {
      response.write('{"format":', () => response.destroy());
    };
    const output = join(running.folder, 'cut.json');
    const cut = exportConversations(running.context, [], { all: true, output });
    await expect(cut).rejects.toMatchObject({ exitCode: 5, envelope: { code: 'connection-lost' } });
    expect(statSync(output, { throwIfNoEntry: false })).toBeUndefined();
    expect(statSync(`${output}.${process.pid}.part`, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('prints tale.export/1', async () => {
    await using running = await system({ json: true });
    const output = join(running.folder, 'out.json');
    await exportConversations(running.context, [], { all: true, output });
    expect(running.document()).toEqual({
      ...{ schema: 'tale.export/1', path: output, format: 'json', bytes: statSync(output).size },
    });
  });

  it('refuses what cannot be meant', async () => {
    await using running = await system({ json: true });
    for (const [ids, options] of [
      [[], {}],
      [['CNV001'], { all: true }],
      [[], { all: true, project: 'p' }],
      [[], { all: true }],
      [[], { all: true, format: 'pdf', output: 'x' }],
    ] as const)
      await expect(exportConversations(running.context, ids, options)).rejects.toMatchObject({ exitCode: 2 });
    expect(running.tale.requests).toEqual([]);
  });
});

describe('tale conversations import', () => {
  const report = { dryRun: false, conversations: 1, messages: 2, memories: 0, summaries: 0, known: 4 };

  it('sends the file and says what came new', async () => {
    await using running = await memorySystem(() => ({}));
    const file = join(running.folder, 'in.json');
    writeFileSync(file, 'x'.repeat(300_000));
    running.tale.answers['POST /v1/conversations/import'] = () => report;
    let bytes = 0;
    let query = '';
    running.tale.handlers['POST /v1/conversations/import'] = (request, response) => {
      query = request.url ?? '';
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      request.on('end', () => response.end(JSON.stringify(report)));
    };
    await importConversations(running.context, file, {});
    expect([bytes, query]).toEqual([300_000, '/v1/conversations/import?dryRun=false']);
    expect(running.out()).toBe('imported: 1 conversations, 2 messages, 0 memories, 0 summaries\n');
    expect(running.err()).toBe('4 were there already\n');
    await importConversations(running.context, file, { dryRun: true });
    expect(query).toBe('/v1/conversations/import?dryRun=true');
  });

  it('prints tale.import/1', async () => {
    await using running = await memorySystem(() => ({}), { json: true });
    const file = join(running.folder, 'in.json');
    writeFileSync(file, '{}');
    running.tale.handlers['POST /v1/conversations/import'] = (request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify(report)));
    };
    await importConversations(running.context, file, {});
    expect(running.document()).toEqual({ schema: 'tale.import/1', ...report });
  });

  it('believes a refusal before all is sent', async () => {
    await using running = await memorySystem(() => ({}));
    const file = join(running.folder, 'in.json');
    writeFileSync(file, 'x'.repeat(20_000_000));
    running.tale.handlers['POST /v1/conversations/import'] = (request, response) => {
      request.once('data', () => {
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: failure('invalid-import', 'broken', { source: 'ux-agent' }) }));
        request.resume();
      });
    };
    await expect(importConversations(running.context, file, {})).rejects.toMatchObject({
      exitCode: 2,
      envelope: { code: 'invalid-import', source: 'ux-agent' },
    });
  });

  it('says so where the server is gone in the middle', async () => {
    await using running = await memorySystem(() => ({}));
    const file = join(running.folder, 'in.json');
    writeFileSync(file, 'x'.repeat(1_000_000));
    running.tale.handlers['POST /v1/conversations/import'] = (request) => request.once('data', () => request.destroy());
    await expect(importConversations(running.context, file, {})).rejects.toMatchObject({
      exitCode: 5,
      envelope: { code: 'connection-lost', retryable: true },
    });
  });

  it('refuses what is no file', async () => {
    await using running = await memorySystem(() => ({}));
    for (const path of [running.folder, join(running.folder, 'none')])
      await expect(importConversations(running.context, path, {})).rejects.toMatchObject({ exitCode: 2 });
  });
});
