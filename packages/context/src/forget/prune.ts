import type { Parts } from '../parts.js';
import { deleteConversation, type Run } from './delete-conversation.js';
import { recordDeletion } from './record.js';
import { notCovered } from './report.js';
import { allRows, noRows } from './row-counts.js';
import { scrub } from './scrub.js';
import type { ForgetReport, PrunePolicy } from './types.js';

const dayMs = 86_400_000;

/** Deletes conversations that have not changed for long. Nothing calls it by itself. */
export async function pruneConversations(
  { store, clock, createId, emit }: Parts,
  { olderThanDays, keepArchived, owner = 'local', dryRun = false, signal }: PrunePolicy,
): Promise<ForgetReport> {
  const id = createId();
  const nowMs = Math.round(clock.now());
  const run: Run = { store, nowMs, rows: noRows(), signal };
  const old = await store.read(
    (queries) =>
      queries.conversations.list({
        owner,
        updatedBeforeMs: nowMs - olderThanDays * dayMs,
        archived: keepArchived ? false : undefined,
      }),
    { signal },
  );
  if (dryRun) {
    const hits = old.map(({ id: conversationId, createdAtMs, title }) => ({
      kind: 'conversation' as const,
      id: conversationId,
      conversationId,
      createdAtMs,
      excerpt: (title ?? '').slice(0, 80),
    }));
    const rows = { ...run.rows, conversations: old.length };
    return { id, dryRun, rows, hits, scrubbed: false, notCovered: notCovered(store.dialect, true) };
  }
  for (const conversation of old) await deleteConversation(run, conversation.id, 'keep');
  const count = allRows(run.rows);
  const record = { id, atMs: nowMs, action: 'prune', scopeKind: 'age', count, by: 'user', isDone: true };
  await store.transact((trx) => recordDeletion(trx, record));
  const scrubbed = await scrub(store);
  emit('forget-end', { id, rows: count, scrubbed });
  return { id, dryRun, rows: run.rows, hits: [], scrubbed, notCovered: notCovered(store.dialect, scrubbed) };
}
