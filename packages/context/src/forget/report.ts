import type { Dialect } from '../store/dialect.js';

const outside = [
  'Backups and copies of the database file, and snapshots of the file system.',
  'Files that were exported, and files that messages refer to.',
  'Tables of other packages in the same database: they keep ids of calls and tasks, and a task its own prompt.',
  'What a model server or its prompt cache has kept of prompts that it got.',
];
const deadRows =
  'Dead rows of PostgreSQL, until VACUUM has run on the tables context_*, and its archived write-ahead log.';
const heldLog =
  'The write-ahead log: another connection reads it. It is emptied with the next deletion, or when all connections close.';

/** What a deletion cannot reach, as sentences. */
export function notCovered(dialect: Dialect, scrubbed: boolean): readonly string[] {
  if (dialect === 'postgres') return [...outside, deadRows];
  return scrubbed ? outside : [...outside, heldLog];
}
