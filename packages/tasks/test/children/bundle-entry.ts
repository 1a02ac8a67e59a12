export { Kysely, SqliteDialect } from 'kysely';
export { createTasks, migrateTasks, sqliteBackend } from '../../src/index.js';
