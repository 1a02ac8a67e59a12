import { titleOf } from '../conversations/title.js';
import type { Parts } from '../parts.js';
import type { MessageRow, StoreQueries } from '../store/contract.js';
import type { CallOptions } from '../types.js';
import { type Deletion, deleteMadeOf, deleteSummaries } from './delete-rows.js';
import { recordDeletion } from './record.js';
import { newCallId, removeIds } from './remove-ids.js';
import { noRows } from './row-counts.js';
import { holdsText } from './scope.js';
import { scrub } from './scrub.js';
import type { RedactReason } from './types.js';

/** Text of a message that was removed. */
export const removedText = '[removed]';

const removedName = 'removed'; // of a tool

const reasons: ReadonlySet<string> = new Set<RedactReason>(['private', 'secret', 'wrong', 'other']);

/** Takes the text of a message away for good, with what was made of it. Its place stays. */
export async function redactMessage(
  { store, clock, createId }: Pick<Parts, 'store' | 'clock' | 'createId'>,
  { find, reason }: { readonly find: (queries: StoreQueries) => Promise<MessageRow>; readonly reason: RedactReason },
  { signal }: CallOptions,
): Promise<void> {
  const nowMs = Math.round(clock.now());
  const by = reasons.has(reason) ? reason : 'other'; // the record holds no text
  await store.transact(async (trx) => {
    const deletion = { db: trx, queries: store.bind(trx), rows: noRows() };
    await redactRow(deletion, await find(deletion.queries), { nowMs });
    const record = { id: createId(), atMs: nowMs, action: 'redact', scopeKind: 'message', count: 1, by };
    await recordDeletion(trx, { ...record, isDone: true });
  }, signal);
  await scrub(store);
}

/** The same inside a transaction; with a `text` that holds it, names and ids go as well. */
export async function redactRow(
  deletion: Deletion,
  message: MessageRow,
  { nowMs, text }: { readonly nowMs: number; readonly text?: string | undefined },
): Promise<void> {
  const { db, queries } = deletion;
  const { num, conversationId, seq } = message;
  await deleteMadeOf(deletion, [message]);
  const family = await withForks(queries, conversationId);
  for (const id of family) {
    await deleteSummaries(deletion, await queries.summaries.covering(id, seq, seq));
  }
  await db.deleteFrom('context_counts').where('num', '=', num).execute();
  await db.deleteFrom('context_vectors').where('num', '=', num).execute();
  const status = message.status === 'open' ? 'aborted' : message.status;
  const parts = redactedParts(message, text);
  await queries.messages.write(num, { text: removedText, parts, status, redactedAtMs: nowMs });
  if (text !== undefined) await removeIds(deletion, message, { text, family });
  const conversation = await queries.conversations.get(conversationId);
  if (conversation && !conversation.isTitled && conversation.title === titleOf(message.text)) {
    await queries.conversations.update(conversationId, { title: null });
  }
}

/** Calls keep their ids and names, so that their results still have them; what they were about goes. */
function redactedParts(message: MessageRow, text: string | undefined): MessageRow['parts'] {
  const { toolCalls, toolName } = message.parts;
  const isHit = (value: string) => text !== undefined && holdsText(value, text);
  const nameOf = (name: string) => (isHit(name) ? removedName : name);
  const calls = toolCalls?.map((call, index) => ({
    ...call,
    id: isHit(call.id) ? newCallId(message, index) : call.id,
    name: nameOf(call.name),
    arguments: {},
  }));
  return {
    ...(calls ? { toolCalls: calls } : {}),
    ...(toolName === undefined ? {} : { toolName: nameOf(toolName) }),
  };
}

/** A conversation and all that was forked from it, at any depth. */
async function withForks(queries: StoreQueries, id: string): Promise<string[]> {
  const ids = [id];
  for (const next of ids) ids.push(...(await queries.conversations.forks(next)).map((fork) => fork.id));
  return ids;
}
