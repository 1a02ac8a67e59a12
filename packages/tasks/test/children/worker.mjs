// A worker in a process of its own: node worker.mjs BUNDLE DATABASE OPTIONS, with an IPC channel for what happens.
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';

const [bundle, file, text] = process.argv.slice(2);
const { server, slots = 1, leaseMs = 2_000, workMs = 0, zombie = false } = JSON.parse(text);
const { Kysely, SqliteDialect, createTasks, sqliteBackend } = await import(pathToFileURL(bundle).href);

const sqlite = new Database(file, { timeout: 1_000 });
sqlite.pragma('journal_mode = WAL');
sqlite.pragma('synchronous = FULL');
const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
const backend = sqliteBackend({ kysely });
const tasks = createTasks({ kysely, backend, leaseMs });
const tell = (message) => process.connected && process.send(message);

tasks.work({ slots, server }, async ({ task, run, epoch, signal }) => {
  tell({ type: 'start', taskId: task.id, run, epoch });
  if (zombie) {
    await sleep(workMs); // deaf to its signal, as code that hangs is
    const { accepted } = await backend.complete({ taskId: task.id, run, epoch }, `late from ${server}`);
    tell({ type: 'late', taskId: task.id, accepted });
    return { result: '' };
  }
  await sleep(workMs, undefined, { signal }).catch(() => {});
  if (signal.aborted) tell({ type: 'stop', taskId: task.id, code: signal.reason.code });
  tell({ type: 'end', taskId: task.id, run });
  return { result: `by ${server}` };
});
process.on('disconnect', () => process.exit(0));
tell({ type: 'open' });
