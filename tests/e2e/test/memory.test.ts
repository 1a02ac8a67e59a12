import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { toWellFormed } from '@tale/protocol';
import { until } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { conversationRow, exportText, messageRow, writeExport } from './harness/conversation-file.js';
import { documentOf, failureOf } from './harness/document.js';
import type { Tale } from './harness/tale.js';
import { startTale } from './harness/tale.js';
import { useTale } from './harness/use-tale.js';

const installed = useTale();
/** What a terminal obeys instead of showing; line feed and tab are text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

const json = async (tale: Tale, args: readonly string[], schema: string) =>
  documentOf(await tale.run([...args, '--json']), schema);
const done = async (tale: Tale, args: readonly string[]) => {
  const result = await tale.run(args);
  expect(result.code, `${args.join(' ').slice(0, 200)}: ${result.stderr}`).toBe(0);
  return result;
};

/** Files under a folder whose bytes hold a text. */
function filesWith(folder: string, text: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return paths.filter((path) => readFileSync(path).includes(text)).map((path) => path.slice(folder.length));
}

/** A long conversation with a word in every message. */
function longRows(id: string, messages: number, word: string, changes: object = {}): object[] {
  const texts = Array.from({ length: messages }, (_, at) =>
    messageRow(id, at + 1, `${word} number ${at + 1}: the night train to Vienna leaves at ${at % 24} o'clock.`),
  );
  return [conversationRow(id, changes), ...texts];
}

const countMessages = (tale: Tale, id: string): number => {
  const database = tale.database();
  try {
    return database
      .prepare('select count(*) from context_messages where conversation_id = ?')
      .pluck()
      .get(id) as number;
  } finally {
    database.close();
  }
};

it('E2E-MEMORY-1 keeps, shows, finds, corrects, pins, explains and deletes a memory', async () => {
  const tale = installed();
  expect((await done(tale, ['memory', 'list'])).stderr).toMatch(/tale memory add/);
  const added = await json(tale, ['memory', 'add', 'The cat is called Mia.', '--kind', 'fact'], 'tale.memory/1');
  const id = added.memoryId as string;
  expect(added).toMatchObject({ kind: 'fact', text: 'The cat is called Mia.', state: 'active', isPinned: false });
  expect((await done(tale, ['memory', 'list'])).stdout).toContain('The cat is called Mia.');
  const found = await json(tale, ['memory', 'search', 'what', 'is', 'the', 'cat', 'called'], 'tale.memories/1');
  expect(found.memories).toMatchObject([{ memoryId: id, relevance: expect.any(Number) }]);

  expect(await json(tale, ['memory', 'pin', id.slice(-6)], 'tale.memory/1')).toMatchObject({ isPinned: true });
  expect(await json(tale, ['memory', 'unpin', id], 'tale.memory/1')).toMatchObject({ isPinned: false });
  const edited = await json(tale, ['memory', 'edit', id, 'The cat is called Mimi.'], 'tale.memory/1');
  expect(edited).toMatchObject({ text: 'The cat is called Mimi.', kind: 'fact' });
  expect(await json(tale, ['memory', 'explain', id], 'tale.memory/1')).toMatchObject({
    state: 'superseded',
    source: null,
    replacedBy: { memoryId: edited.memoryId },
  });
  expect((await done(tale, ['memory', 'explain', edited.memoryId])).stdout).toMatch(/from +you wrote it/);

  const refused = await tale.run(['memory', 'delete', id]);
  expect(refused.code).toBe(2); // nobody can be asked
  expect(await json(tale, ['memory', 'delete', id, '--yes'], 'tale.memory/1')).toMatchObject({ deleted: true });
  expect((await tale.run(['memory', 'show', id])).code).toBe(4);
  await done(tale, ['memory', 'forget', '--everything', '--yes']);
});

it('E2E-MEMORY-1 lists page by page', async () => {
  const tale = installed();
  for (const text of ['one apple', 'two pears', 'three plums']) await done(tale, ['memory', 'add', text]);
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const args = ['memory', 'list', '--limit', '1', ...(cursor === '' ? [] : ['--cursor', cursor])];
    const page = await json(tale, args, 'tale.memories/1');
    seen.push(...page.memories.map(({ text }: { text: string }) => text));
    cursor = page.next as string | null;
  }
  expect(seen).toEqual(['three plums', 'two pears', 'one apple']);
  await done(tale, ['memory', 'forget', '--everything', '--yes']);
});

it('E2E-MEMORY-2 leaves no byte of what was forgotten in any file, while all servers run', async () => {
  await using tale = await startTale();
  await done(tale, ['servers', 'start']);
  const canary = 'canary8d1f0a';
  const rows = [
    conversationRow('with-canary', { title: `About ${canary}`, project: canary, meta: { note: canary } }),
    messageRow('with-canary', 1, `Remember that ${canary} is a secret.`),
    messageRow('with-canary', 2, `I keep ${canary} to myself.`, { parts: { thinking: `${canary}?` } }),
  ];
  await done(tale, ['conversations', 'import', writeExport(join(tale.home, 'home'), 'canary.json', rows)]);
  await done(tale, ['memory', 'add', `The word is ${canary}.`, '--project', canary]);
  await done(tale, ['memory', 'add', `Always think of ${canary}.`, '--kind', 'instruction']);
  await done(tale, ['memory', 'search', canary]);
  await done(tale, ['conversations', 'search', canary]);
  await done(tale, ['submit', '[say hello]']); // the other servers read and write meanwhile, and the task is told of the instruction
  expect(filesWith(tale.dataFolder, canary).length).toBeGreaterThan(0);

  const report = await json(tale, ['memory', 'forget', '--everything', '--yes'], 'tale.forget/1');
  expect(report).toMatchObject({ dryRun: false, scrubbed: true });
  expect(report.rows).toMatchObject({ conversations: 1, messages: 2 });
  expect(filesWith(tale.dataFolder, canary)).toEqual([]);
  expect(filesWith(join(tale.home, 'state'), canary)).toEqual([]);
  await done(tale, ['submit', '[say hello again]']);
  await done(tale, ['servers', 'stop']);
  expect(filesWith(tale.dataFolder, canary)).toEqual([]);
  expect(filesWith(join(tale.home, 'state'), canary)).toEqual([]);
});

it('E2E-MEMORY-3 shows what would go and what that does not reach, and deletes nothing unasked', async () => {
  const tale = installed();
  await done(tale, ['memory', 'add', 'Rome is warm in June.']);
  const shown = await done(tale, ['memory', 'forget', '--text', 'rome', '--dry-run']);
  expect(shown.stdout).toMatch(/would forget: 1 memory/);
  expect(shown.stdout).toContain('Rome is warm in June.');
  for (const place of ['Backups', 'exported', 'tasks', 'Logs']) expect(shown.stdout).toContain(place);
  expect((await tale.run(['memory', 'forget', '--text', 'rome'])).code).toBe(2);
  expect(failureOf(await tale.run(['memory', 'forget', '--everything', '--json']))).toMatchObject({ code: 'usage' });
  for (const args of [[], ['--text', ''], ['--everything', '--text', 'x'], ['--before', 'someday']])
    expect((await tale.run(['memory', 'forget', '--yes', ...args])).code, args.join(' ')).toBe(2);
  expect((await tale.run(['memory', 'forget', '--conversation', 'nowhere', '--yes'])).code).toBe(4);
  expect((await json(tale, ['memory', 'list'], 'tale.memories/1')).memories).toHaveLength(1);
  await done(tale, ['memory', 'forget', '--text', 'rome', '--yes']);
  expect((await json(tale, ['memory', 'list'], 'tale.memories/1')).memories).toEqual([]);
});

it('E2E-MEMORY-4 imports, lists, finds, shows, exports and deletes conversations', async () => {
  const tale = installed();
  const folder = join(tale.home, 'home');
  const rows = [
    conversationRow('trip-to-vienna', { project: 'travel' }),
    messageRow('trip-to-vienna', 1, 'How do I get to Vienna by night train?'),
    messageRow('trip-to-vienna', 2, 'Take the night train from Rome.'),
    conversationRow('recipes'),
    messageRow('recipes', 1, 'How long do I cook rice?'),
  ];
  const file = writeExport(folder, 'two.json', rows);
  const planned = await json(tale, ['conversations', 'import', file, '--dry-run'], 'tale.import/1');
  expect(planned).toMatchObject({ dryRun: true, conversations: 2, messages: 3, known: 0 });
  expect((await json(tale, ['conversations', 'list'], 'tale.conversations/1')).conversations).toEqual([]);
  expect((await done(tale, ['conversations', 'import', file])).stdout).toMatch(/imported: 2 conversations, 3 messages/);

  const listed = await json(tale, ['conversations', 'list', '--project', 'travel'], 'tale.conversations/1');
  expect(listed.conversations).toMatchObject([{ conversationId: 'trip-to-vienna', messages: 2, project: 'travel' }]);
  const { hits } = await json(tale, ['conversations', 'search', 'night', 'train'], 'tale.hits/1');
  expect(hits.map(({ messageId }: { messageId: string }) => messageId).sort()).toEqual([
    'trip-to-vienna-1',
    'trip-to-vienna-2',
  ]);
  expect((await done(tale, ['conversations', 'search', 'rice'])).stdout).toContain('cook rice');
  const shown = await json(tale, ['conversations', 'show', 'vienna', '--limit', '1'], 'tale.conversation/1');
  expect(shown).toMatchObject({ page: [{ seq: 2, text: 'Take the night train from Rome.' }], before: 2 });

  const out = join(folder, 'out.json');
  const exported = await json(tale, ['conversations', 'export', '--all', '-o', out], 'tale.export/1');
  expect(exported).toMatchObject({ path: out, bytes: statSync(out).size });
  expect((statSync(out).mode & 0o777).toString(8)).toBe('600');
  expect((await tale.run(['conversations', 'export', '--all', '-o', out])).code).toBe(2); // it is there already
  const piped = await done(tale, ['conversations', 'export', 'vienna']);
  expect(JSON.parse(piped.stdout)).toMatchObject({ format: 'tale.conversation/1', rows: { length: 3 } });
  expect((await done(tale, ['conversations', 'export', 'vienna', '--format', 'markdown'])).stdout).toContain(
    'night train',
  );

  const deleted = await json(tale, ['conversations', 'delete', 'vienna', '--yes'], 'tale.forget/1');
  expect(deleted.rows).toMatchObject({ conversations: 1, messages: 2 });
  expect((await tale.run(['conversations', 'show', 'trip-to-vienna'])).code).toBe(4);
  await done(tale, ['memory', 'forget', '--everything', '--yes']);
  const again = await json(tale, ['conversations', 'import', out], 'tale.import/1');
  expect(again).toMatchObject({ conversations: 2, messages: 3, known: 0 });
  expect(JSON.parse((await done(tale, ['conversations', 'export', 'vienna'])).stdout)).toEqual(
    JSON.parse(piped.stdout),
  );
  await done(tale, ['memory', 'forget', '--everything', '--yes']);
});

it('E2E-MEMORY-5 is whole after an import that was cut by kill -9 is run again', async () => {
  await using tale = await startTale();
  await done(tale, ['servers', 'start']);
  const messages = 4_000;
  const file = writeExport(join(tale.home, 'home'), 'long.json', longRows('long', messages, 'ticket'));
  const cut = tale.spawn(['conversations', 'import', file]);
  await until('the first messages', () => countMessages(tale, 'long') > 0);
  const { pid } = tale.server('ux-agent');
  process.kill(pid, 'SIGKILL');
  const { code, stderr } = await cut.ended;
  expect(code, stderr).toBe(5);
  await tale.restarted('ux-agent', pid);
  const stored = countMessages(tale, 'long');
  expect(stored).toBeLessThan(messages);
  const report = await json(tale, ['conversations', 'import', file], 'tale.import/1');
  expect(report.messages).toBe(messages - stored);
  expect(report.known).toBe(stored + 1);
  const shown = await json(tale, ['conversations', 'show', 'long', '--limit', '1'], 'tale.conversation/1');
  expect(shown).toMatchObject({ messages, page: [{ seq: messages }] });
  const { hits } = await json(tale, ['conversations', 'search', `"number ${messages}"`], 'tale.hits/1');
  expect(hits).toMatchObject([{ messageId: `long-${messages}` }]);
});

it('E2E-MEMORY-6 ends a deletion that was cut by kill -9 at the next start', async () => {
  await using tale = await startTale();
  await done(tale, ['servers', 'start']);
  const canary = 'canary77c2be';
  const messages = 1_000;
  const rows = [...longRows('long', messages, canary, { project: 'old' }), ...longRows('kept', 3, 'kept')];
  await done(tale, ['conversations', 'import', writeExport(join(tale.home, 'home'), 'long.json', rows)]);
  const cut = tale.spawn(['memory', 'forget', '--project', 'old', '--yes']);
  await until('the first messages to go', () => countMessages(tale, 'long') < messages);
  const { pid } = tale.server('ux-agent');
  process.kill(pid, 'SIGKILL');
  expect((await cut.ended).code).toBe(5);
  await tale.restarted('ux-agent', pid);
  await expect.poll(() => countMessages(tale, 'long'), { timeout: 30_000 }).toBe(0);
  await expect.poll(() => filesWith(tale.dataFolder, canary), { timeout: 30_000 }).toEqual([]);
  await done(tale, ['memory', 'forget', '--project', 'old', '--yes']);
  expect(filesWith(tale.dataFolder, canary)).toEqual([]);
  expect(countMessages(tale, 'kept')).toBe(3);
});

const brokenFiles: readonly (readonly [name: string, text: string])[] = [
  ['empty', ''],
  ['no JSON', '{"format":"tale.conversation/1","rows":[\n{nonsense\n]}\n'],
  ['a newer version', exportText([conversationRow('new')], 'tale.conversation/2')],
  ['cut in the middle', exportText([conversationRow('cut'), messageRow('cut', 1, 'x')]).slice(0, -20)],
  ['a gap', exportText([conversationRow('gap'), messageRow('gap', 2, 'x')])],
  [
    'a result without its call',
    exportText([conversationRow('t'), messageRow('t', 1, 'x', { role: 'tool', toolCallId: 'no' })]),
  ],
  ['a message of nowhere', exportText([messageRow('nowhere', 1, 'x')])],
  ['an unknown role', exportText([conversationRow('r'), messageRow('r', 1, 'x', { role: 'root' })])],
  [
    'a message of over a million characters',
    exportText([conversationRow('l'), messageRow('l', 1, 'x'.repeat(1_000_001))]),
  ],
  ['something behind the end', `${exportText([conversationRow('b')])}{"more":1}\n`],
];

it('E2E-MEMORY-7 writes nothing of an import that is broken, hostile or newer', async () => {
  const tale = installed();
  const file = join(tale.home, 'home', 'broken.json');
  for (const [name, text] of brokenFiles) {
    writeFileSync(file, text);
    const failure = failureOf(await tale.run(['conversations', 'import', file, '--json']));
    expect([name, failure.code]).toEqual([name, 'invalid-import']);
    expect([name, (await tale.run(['conversations', 'import', file])).code]).toEqual([name, 2]);
  }
  writeFileSync(file, Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]));
  expect(failureOf(await tale.run(['conversations', 'import', file, '--json'])).code).toBe('invalid-import');
  for (const path of [join(tale.home, 'none.json'), tale.home])
    expect((await tale.run(['conversations', 'import', path])).code, path).toBe(2);
  expect((await json(tale, ['conversations', 'list'], 'tale.conversations/1')).conversations).toEqual([]);
});

const hostileTexts: readonly string[] = [
  "'; drop table context_messages; --",
  '" OR 1=1 --',
  'NEAR("a" "b", 5) AND text:* NOT ^x (',
  'title:"x" -y {a b}: z*',
  '\u001b[31mred\u001b]0;title\u0007\u009b2J',
  '\u202egnp.exe \u2066x\u2069 \u{e0041}\u{e0042}',
  'lone \ud800 surrogate \udfff',
  '<script>alert(1)</script> $(x) %s %n',
  '../../etc/passwd',
];

it.each(hostileTexts)(
  'E2E-MEMORY-8 takes hostile text %# as a text, in every field, and shows none with its control characters',
  async (text) => {
    const tale = installed();
    const added = await json(tale, ['memory', 'add', text, '--project', text], 'tale.memory/1');
    expect(added.text).toBe(toWellFormed(text).trim());
    for (const args of [
      ['memory', 'list', '--text', text, '--project', text],
      ['memory', 'list'],
      ['memory', 'search', text],
      ['memory', 'explain', added.memoryId],
      ['memory', 'forget', '--text', text, '--dry-run'],
      ['memory', 'forget', '--project', text, '--dry-run'],
      ['conversations', 'list', '--text', text, '--project', text, '--folder', text],
      ['conversations', 'search', text, '--project', text],
    ]) {
      const { code, stdout, stderr } = await tale.run(args);
      expect(code, `${args.slice(0, 3).join(' ')}: ${stderr}`).toBe(0);
      expect(stdout + stderr, args.join(' ')).not.toMatch(controls);
    }
    for (const args of [
      ['memory', 'show', text],
      ['memory', 'pin', text],
      ['conversations', 'show', text],
      ['conversations', 'export', text],
      ['memory', 'forget', '--conversation', text, '--yes'],
    ]) {
      const { code, stdout, stderr } = await tale.run(args);
      expect(code, `${args.join(' ')}: ${stdout}`).toBe(4);
      expect(stdout + stderr, args.join(' ')).not.toMatch(controls);
    }
    await done(tale, ['memory', 'forget', '--text', text, '--yes']);
    expect((await json(tale, ['memory', 'list'], 'tale.memories/1')).memories).toEqual([]);
  },
);

it('E2E-MEMORY-8 refuses a memory without a text and one that is too long', async () => {
  const tale = installed();
  for (const text of ['', '  ', 'x'.repeat(2_001)]) expect((await tale.run(['memory', 'add', text])).code).toBe(2);
  expect((await tale.run(['memory', 'add', '-'], { stdin: 'x'.repeat(2_000_000) })).code).toBe(2);
  expect((await tale.run(['memory', 'add', '-'], { stdin: 'a\u0000b' })).code).toBe(0);
  expect((await json(tale, ['memory', 'list'], 'tale.memories/1')).memories).toMatchObject([{ text: 'a\ufffdb' }]);
  await done(tale, ['memory', 'forget', '--everything', '--yes']);
});

it('E2E-MEMORY-8 shows and exports hostile messages, and imports them again unchanged', async () => {
  const tale = installed();
  const folder = join(tale.home, 'home');
  const rows = [
    conversationRow('hostile', { title: hostileTexts[4], project: hostileTexts[0] }),
    ...hostileTexts.map((text, at) => messageRow('hostile', at + 1, toWellFormed(text))),
    messageRow('hostile', hostileTexts.length + 1, 'x'.repeat(900_000)),
  ];
  await done(tale, ['conversations', 'import', writeExport(folder, 'hostile.json', rows)]);
  for (const args of [
    ['conversations', 'list'],
    ['conversations', 'show', 'hostile'],
    ['conversations', 'search', 'red'],
    ['conversations', 'export', 'hostile'],
    ['conversations', 'export', 'hostile', '--format', 'markdown'],
    ['conversations', 'delete', 'hostile', '--dry-run'],
  ])
    expect((await done(tale, args)).stdout, args.join(' ')).not.toMatch(controls);
  const whole = (await done(tale, ['conversations', 'export', 'hostile'])).stdout;
  const texts = JSON.parse(whole).rows.flatMap((row: { type: string; text: string }) =>
    row.type === 'message' ? [row.text] : [],
  );
  expect(texts.slice(0, -1)).toEqual(hostileTexts.map((text) => toWellFormed(text)));
  await done(tale, ['memory', 'forget', '--everything', '--yes']);
  expect((await tale.run(['conversations', 'import', '-'], { stdin: whole })).code).toBe(0);
  expect((await done(tale, ['conversations', 'export', 'hostile'])).stdout).toBe(whole);
  await done(tale, ['memory', 'forget', '--everything', '--yes']);
});

it('E2E-MEMORY-9 answers a task also where the server of the conversations cannot run', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  try {
    await using tale = await startTale({ env: { TALE_UX_AGENT_PORT: String(port) } });
    expect((await tale.run(['submit', '[say first]'])).stdout).toBe('first\n');
    const failure = failureOf(await tale.run(['memory', 'list', '--json']));
    expect(failure).toMatchObject({ code: 'servers-down', hint: 'tale servers status' });
    expect((await tale.run(['servers', 'status'])).stdout).toMatch(/ux-agent +refused/);
    expect((await tale.run(['servers', 'start'])).stderr).toMatch(/ux-agent/);
  } finally {
    holder.close();
  }
});
