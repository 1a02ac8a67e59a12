// A process that appends and streams until it is killed; tells what was acknowledged and what was shown, with the time.
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';

const streamMs = 3_000;
/** Of the fast ones 1 kB comes in less than 500 ms, of the slow ones it does not. */
const paces = { fast: { characters: 50, waitMs: 4 }, slow: { characters: 20, waitMs: 20 } };

const [bundle, file, pace] = process.argv.slice(2);
const { characters, waitMs } = paces[pace];
const { Kysely, SqliteDialect, createContext, migrateContext } = await import(pathToFileURL(bundle).href);
const sqlite = new Database(file, { timeout: 1_000 });
sqlite.pragma('journal_mode = WAL');
sqlite.pragma('synchronous = FULL');
const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
await migrateContext(kysely);
const context = createContext({ kysely });
await context.conversations.create({ id: 'streamed' });
await context.conversations.create({ id: 'appended' });
const tell = (line) => writeSync(1, `${line}\n`);

for (;;) {
  const stream = await context.messages('streamed').start({ role: 'assistant' });
  const started = performance.now();
  for (let index = 0; performance.now() - started < streamMs; index++) {
    const text = `word${index} `.padEnd(characters, '.');
    tell(`delta ${stream.id} ${text.length} ${performance.now().toFixed(0)}`);
    await stream.delta(text);
    if (index % 10 === 0) {
      const { id } = await context.messages('appended').append({ role: 'user', text: 'a question' });
      tell(`append ${id}`);
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  await stream.end();
  tell(`end ${stream.id}`);
}
