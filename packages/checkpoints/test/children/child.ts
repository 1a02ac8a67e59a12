import { writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { createCheckpoints, migrateCheckpoints } from '../../src/index.js';
import { groupWriter } from '../../src/testing/index.js';

// Started as `child.mjs <mode> <database> <thread…>`; tells each acknowledged append on stdout.
const [mode, path = '', ...threads] = process.argv.slice(2);
const sqlite = new Database(path, { timeout: 1_000 });
sqlite.pragma('journal_mode = WAL');
sqlite.pragma('synchronous = FULL');
const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
await migrateCheckpoints(kysely);

if (mode === 'migrate') {
  await kysely.destroy();
} else {
  const checkpoints = createCheckpoints(mode === 'group' ? { kysely, writer: groupWriter(kysely) } : { kysely });
  await Promise.all(threads.map((id) => appendForEver(id)));

  async function appendForEver(id: string): Promise<void> {
    const thread = checkpoints.thread(id);
    const last = await thread.load();
    if (!last) acknowledge(id, await thread.append({ ops: [['=', ['lines'], []]] }));
    for (let line = last?.step ?? 1; ; line++) {
      acknowledge(id, await thread.append({ ops: [['+', ['lines'], [`line ${line}`]]] }, { meta: { line } }));
    }
  }
}

function acknowledge(id: string, { step, hash }: { step: number; hash: string }): void {
  writeSync(1, `${id} ${step} ${hash}\n`);
}
