import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { seeded } from './texts.mjs';

const mostBytes = 1_000;
const mostMs = 500;

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
    const lines = await killed([bundle, file], 5 + Math.floor(random() * 120));
    const context = createContext({ kysely });
    const messages = context.messages('c');
    const read = (id) => messages.read(id).catch(() => null);
    for (const id of lines.filter((line) => line.startsWith('append ')).map((line) => line.split(' ')[1])) {
      acknowledged += 1;
      if ((await read(id)) === null) lost += 1;
    }
    for (const [id, stream] of streamsOf(lines)) {
      streams += 1;
      const message = await read(id);
      const missing = stream.characters - (message?.text.length ?? 0);
      if (message?.status !== (stream.ended ? 'done' : 'aborted') || missing > allowed(stream)) overdue += 1;
    }
    if (!(await context.verify()).ok) lost += 1;
    await context.close();
  }
  await kysely.destroy();
  return { lost: { value: lost, n: acknowledged }, overdue: { value: overdue, n: streams } };
}

async function killed(args, enough) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('writer.mjs', import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let output = '';
  await new Promise((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (output.split('\n').length > enough) resolve();
    });
    closed.then(resolve, resolve);
  });
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

/** What may be missing: nothing of what has ended, else the last 1 kB or what came in the last 500 ms. */
function allowed({ ended, deltas }) {
  if (ended) return 0;
  const lastMs = deltas.at(-1).atMs;
  const recent = deltas.filter(({ atMs }) => atMs >= lastMs - mostMs);
  return Math.max(
    mostBytes,
    recent.reduce((sum, { characters }) => sum + characters, 0),
  );
}
