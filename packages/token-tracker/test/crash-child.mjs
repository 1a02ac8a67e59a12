// Arguments: folder of the bundle, database file, 'sqlite' or 'kysely'. Makes calls until it is killed; tells of each step after its commit:
// `begun <id>`, `settled <id> <input> <output>`.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';

const [folder, path, store] = process.argv.slice(2);
const { createTokenTracker } = await import(join(folder, 'index.js'));
const { fakeCallEnd, fakeCallStart } = await import(join(folder, 'testing.js'));
const open = () => {
  const sqlite = new Database(path, { timeout: 20 });
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = NORMAL');
  return sqlite;
};
const kysely = new Kysely({ dialect: new SqliteDialect({ database: open() }) });
const tracker = createTokenTracker({ kysely, ...(store === 'sqlite' ? { sqlite: open() } : {}) });
const tell = (line) => writeSync(1, `${line}\n`);

const labels = (index) => ({ ...fakeCallStart().labels, taskId: `task-${index % 3}` });
await Promise.all(
  Array.from({ length: 16 }, async (_, caller) => {
    for (let index = 0; ; index++) {
      const start = fakeCallStart({
        labels: labels(caller + index),
        model: `model-${caller % 3}`,
        estimatedInputTokens: 10,
      });
      const handle = await tracker.begin(start);
      tell(`begun ${start.callId}`);
      await sleep(Math.random() * 8);
      await handle.progress(256 + index);
      await sleep(Math.random() * 8);
      const usage = { ...fakeCallEnd(start).usage, inputTokens: 10 + caller, outputTokens: 300 + index };
      await handle.settle(fakeCallEnd(start, { usage }));
      tell(`settled ${start.callId} ${usage.inputTokens} ${usage.outputTokens}`);
    }
  }),
);
