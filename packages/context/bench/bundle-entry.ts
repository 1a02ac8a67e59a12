export { Kysely, SqliteDialect } from 'kysely';
export { createContext, migrateContext } from '../src/index.js';
export { openStore } from '../src/store/open-store.js';
export { checkSummary } from '../src/summaries/check.js';
export { extractText } from '../src/summaries/extract.js';
export { seedRows } from '../test/support/seed-rows.js';
