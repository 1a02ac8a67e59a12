import type { MessageRow } from '../store/contract.js';
import { messageCrc, messageOf } from '../store/rows.js';
import type { Deletion } from './delete-rows.js';
import { holdsText } from './scope.js';

/** Id of a call of a tool that takes the place of one that held a text. */
export function newCallId({ num }: Pick<MessageRow, 'num'>, index: number): string {
  return `removed-${num}-${index}`;
}

/**
 * Takes a text out of the ids that a message holds, as it was before `redactRow` wrote it: results follow the new ids of their calls, ids
 * of tasks and of calls of models go. `family` are its conversation and the forks of that.
 */
export async function removeIds(
  deletion: Deletion,
  message: MessageRow,
  { text, family }: { readonly text: string; readonly family: readonly string[] },
): Promise<void> {
  for (const [index, { id }] of (message.parts.toolCalls ?? []).entries()) {
    if (!holdsText(id, text)) continue;
    for (const conversationId of family) {
      for (const result of await resultsOf(deletion, conversationId, message.seq, id)) {
        await setIds(deletion, result.num, { tool_call_id: newCallId(message, index) });
      }
    }
  }
  const [now] = await deletion.queries.messages.byNum([message.num]);
  if (!now) return;
  await setIds(deletion, now.num, {
    ...(holdsText(now.toolCallId, text) ? { tool_call_id: newCallId(now, 0) } : {}),
    ...(holdsText(now.taskId, text) ? { task_id: null } : {}),
    ...(holdsText(now.callId, text) ? { call_id: null } : {}),
  });
}

/** Results of a call: those behind it, up to the next call with the same id. */
async function resultsOf({ queries }: Deletion, conversationId: string, seq: number, callId: string) {
  const behind = await queries.messages.range(conversationId, { fromSeq: seq + 1, roles: ['assistant', 'tool'] });
  const next = behind.findIndex(({ parts }) => parts.toolCalls?.some(({ id }) => id === callId));
  return behind.slice(0, next < 0 ? behind.length : next).filter(({ toolCallId }) => toolCallId === callId);
}

async function setIds(
  { db }: Deletion,
  num: number,
  ids: { readonly tool_call_id?: string; readonly task_id?: null; readonly call_id?: null },
): Promise<void> {
  if (Object.keys(ids).length === 0) return;
  const stored = await db.selectFrom('context_messages').selectAll().where('num', '=', num).executeTakeFirstOrThrow();
  const crc = messageCrc({ ...messageOf({ ...stored, ...ids }), parts: stored.parts });
  await db
    .updateTable('context_messages')
    .set({ ...ids, crc })
    .where('num', '=', num)
    .execute();
}
