import { writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { createContext, migrateContext } from '../../src/index.js';

// Started as `writer.mjs <mode> <database> <conversation>`; tells each acknowledged write on stdout.
const streamMs = 1_500;
const [mode, path = '', conversationId = 'c'] = process.argv.slice(2);
const sqlite = new Database(path, { timeout: 1_000 });
sqlite.pragma('journal_mode = WAL');
sqlite.pragma('synchronous = FULL');
const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
await migrateContext(kysely);
const tell = (line: string) => writeSync(1, `${line}\n`);

if (mode === 'migrate') {
  await kysely.destroy();
} else {
  const context = createContext({ kysely });
  await context.conversations.create({ id: conversationId });
  const messages = context.messages(conversationId);
  if (mode === 'append') {
    for (let index = 0; index < 25; index++) {
      const { id, seq } = await messages.append({ role: 'user', text: `message ${index} of ${process.pid}` });
      tell(`append ${id} ${seq}`);
    }
    await context.close();
    await kysely.destroy();
  } else {
    for (;;) await turn();
  }

  /** A message, and an answer that streams and is told as it comes. */
  async function turn(): Promise<void> {
    const { id, seq } = await messages.append({ role: 'user', text: `question ${process.hrtime.bigint()}` });
    tell(`append ${id} ${seq}`);
    const stream = await messages.start({ role: 'assistant' });
    const startedMs = performance.now();
    for (let word = 0; performance.now() - startedMs < streamMs; word++) {
      const text = `word${word} `.padEnd(40, '.');
      const atMs = performance.now();
      const write = stream.delta(text);
      tell(`delta ${stream.id} ${text.length} ${Math.round(atMs)}`);
      await write;
      await new Promise((resolve) => setTimeout(resolve, mode === 'slow' ? 40 : 2));
    }
    await stream.end();
    tell(`end ${stream.id}`);
  }
}
