export { Kysely, SqliteDialect } from 'kysely';
export { createTasks, migrateTasks, sqliteBackend } from '../src/index.js';
export { groupWriter } from '../test/support/group-writer.js';
export { acrossProcesses, claims, pickUp, submits } from './measures.mjs';
