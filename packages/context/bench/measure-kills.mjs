import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { seeded } from './texts.mjs';

const mostBytes = 1_000;
const mostMs = 500;
const writeMs = 100; // a flush that was due is being written
const longestMs = 5_000; // a stream lasts three seconds: its first, or the one behind it

/** 100 processes (10 with `quick`) that write one conversation and are killed in mid-stream. */
export async function measure({ library, bundle, folder, quick }) {
  const { Kysely, SqliteDialect, createContext, migrateContext } = library;
  const file = join(folder, 'kills.db');
  const kills = quick ? 10 : 100;
  const random = seeded(9);
  const sqlite = new Database(file, { timeout: 1_000 });
  sqlite.pragma('journal_mode = WAL');
  const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
  await migrateContext(kysely);
  let lost = 0;
  let overdue = 0;
  let acknowledged = 0;
  let streams = 0;
  for (let round = 0; round < kills; round++) {
    const afterMs = Math.floor(random() * longestMs);
    const lines = await killed([bundle, file, round % 2 ? 'slow' : 'fast'], afterMs);
    const context = createContext({ kysely });
    const read = (conversation, id) =>
      context
        .messages(conversation)
        .read(id)
        .catch(() => null);
    for (const id of lines.filter((line) => line.startsWith('append ')).map((line) => line.split(' ')[1])) {
      acknowledged += 1;
      if ((await read('appended', id)) === null) lost += 1;
    }
    for (const [id, stream] of streamsOf(lines)) {
      streams += 1;
      const message = await read('streamed', id);
      const missing = stream.characters - (message?.text.length ?? 0);
      const isWhole = message?.status === 'done' && missing === 0; // it may have ended before it could tell
      if (!isWhole && (message?.status !== 'aborted' || missing > allowed(stream))) overdue += 1;
    }
    if (!(await context.verify()).ok) lost += 1;
    await context.close();
  }
  await kysely.destroy();
  return { lost: { value: lost, n: acknowledged }, overdue: { value: overdue, n: streams } };
}

/** What a process told until it was killed, so long after its first line. */
async function killed(args, afterMs) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('writer.mjs', import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  await Promise.race([once(child.stdout, 'data'), closed]);
  await Promise.race([setTimeout(afterMs), closed]);
  child.kill('SIGKILL');
  await closed;
  return output.split('\n').slice(0, -1);
}

/** Streams by id with what was shown of them. */
function streamsOf(lines) {
  const streams = new Map();
  for (const line of lines) {
    const [what, id, characters, atMs] = line.split(' ');
    if (what === 'append') continue;
    const stream = streams.get(id) ?? { characters: 0, ended: false, deltas: [] };
    streams.set(id, stream);
    if (what === 'end') stream.ended = true;
    else {
      stream.characters += Number(characters);
      stream.deltas.push({ characters: Number(characters), atMs: Number(atMs) });
    }
  }
  return streams;
}

/** What may be missing: nothing of what has ended, else what waits for a flush, at most 1 kB and at most what came in the last 500 ms. */
function allowed({ ended, deltas }) {
  if (ended) return 0;
  const lastMs = deltas.at(-1).atMs;
  const recent = deltas.filter(({ atMs }) => atMs >= lastMs - mostMs - writeMs);
  return Math.min(
    mostBytes + deltas.at(-1).characters, // the last one may not have been taken yet
    recent.reduce((sum, { characters }) => sum + characters, 0),
  );
}
