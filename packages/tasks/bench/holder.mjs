// A worker in a process of its own: tells when a handler starts and when its signal is aborted, by CLOCK_MONOTONIC in ns.
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';

const [bundle, file] = process.argv.slice(2);
const { Kysely, SqliteDialect, createTasks } = await import(pathToFileURL(bundle).href);
const sqlite = new Database(file, { timeout: 1_000 });
sqlite.pragma('journal_mode = WAL');
sqlite.pragma('synchronous = FULL');
const tasks = createTasks({
  kysely: new Kysely({ dialect: new SqliteDialect({ database: sqlite }) }),
  leaseMs: 60_000,
});
const tell = (type, taskId) => process.send({ type, taskId, at: process.hrtime.bigint().toString() });

tasks.work({ slots: 1, server: 'holder' }, async ({ task, signal }) => {
  tell('start', task.id);
  if (task.payload === 'hold') await new Promise((resolve) => signal.addEventListener('abort', resolve));
  if (signal.aborted) tell('stop', task.id);
  return { result: '' };
});
process.on('disconnect', () => process.exit(0));
tell('open', '');
