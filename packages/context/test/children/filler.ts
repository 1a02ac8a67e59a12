import { once } from 'node:events';
import { writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { ContextError, createContext } from '../../src/index.js';

// Started as `filler.mjs <database>` with a limit on the size of files: appends and streams until the disk is full, waits for a line on
// stdin, ends its stream and goes on. Tells each acknowledged write on stdout.
const [path = ''] = process.argv.slice(2);
const sqlite = new Database(path, { timeout: 1_000 });
sqlite.pragma('synchronous = FULL');
const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
const context = createContext({ kysely });
const messages = context.messages('c');
const tell = (line: string) => writeSync(1, `${line}\n`);

let written = 0;
let stream = await messages.start({ role: 'assistant' });
try {
  for (let turn = 0; ; turn++) {
    const text = `${turn} `.padEnd(2_000, '.');
    written += text.length;
    await stream.delta(text);
    if (turn % 8 < 7) continue;
    await stream.end();
    tell(`end ${stream.id} ${written}`);
    const { id } = await messages.append({ role: 'user', text });
    tell(`append ${id}`);
    written = 0;
    stream = await messages.start({ role: 'assistant' });
  }
} catch (error) {
  tell(`full ${ContextError.isInstance(error) ? error.code : String(error)}`);
}
await once(process.stdin, 'data');
const { status, text } = await stream.end();
tell(`end ${stream.id} ${text.length} ${status} ${written}`);
await context.close();
await kysely.destroy();
process.stdin.destroy();
