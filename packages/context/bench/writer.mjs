// A process that appends and streams until it is killed; tells what was acknowledged and what was shown, with the time.
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';

const [bundle, file] = process.argv.slice(2);
const { Kysely, SqliteDialect, createContext, migrateContext } = await import(pathToFileURL(bundle).href);
const sqlite = new Database(file, { timeout: 1_000 });
sqlite.pragma('journal_mode = WAL');
sqlite.pragma('synchronous = FULL');
const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
await migrateContext(kysely);
const context = createContext({ kysely });
await context.conversations.create({ id: 'c' });
const messages = context.messages('c');
const tell = (line) => writeSync(1, `${line}\n`);

for (;;) {
  const { id } = await messages.append({ role: 'user', text: 'a question' });
  tell(`append ${id}`);
  const stream = await messages.start({ role: 'assistant' });
  for (let index = 0; index < 60; index++) {
    const text = `word${index} `.padEnd(50, '.');
    tell(`delta ${stream.id} ${text.length} ${performance.now().toFixed(0)}`);
    await stream.delta(text);
    await new Promise((resolve) => setTimeout(resolve, index % 3 ? 1 : 12));
  }
  await stream.end();
  tell(`end ${stream.id}`);
}
