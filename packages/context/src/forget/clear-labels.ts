import type { ConversationRow } from '../store/contract.js';
import type { JsonObject, JsonValue } from '../types.js';
import type { Deletion } from './delete-rows.js';
import { holdsText } from './scope.js';
import type { ForgetScope } from './types.js';

/** Whether a text stands beside the messages of a conversation: in its title, its folder or what its owner keeps with it. */
export function isLabelled({ title, folder, meta }: ConversationRow, text: string): boolean {
  return holdsText([title, folder, meta], text);
}

/** Takes a text out of the title and folder of a conversation, which then has none, and out of its `meta`. */
export async function clearLabels({ db, queries }: Deletion, id: string, text: string): Promise<void> {
  const row = await queries.conversations.get(id);
  if (!row) return;
  await db
    .updateTable('context_conversations')
    .set({
      ...(holdsText(row.title, text) ? { title: null, is_titled: 0 } : {}),
      folder: holdsText(row.folder, text) ? null : row.folder,
      meta: JSON.stringify(withoutText(row.meta, text)),
    })
    .where('id', '=', id)
    .execute();
}

/** JSON without the members whose values or names hold a text; what stands beside them stays. */
export function withoutText(value: JsonObject, text: string): JsonObject {
  const visit = (part: JsonValue): JsonValue => {
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.filter((member) => !isHit(member)).map(visit);
    const members = Object.entries(part).filter(([name, member]) => !holdsText(name, text) && !isHit(member));
    return Object.fromEntries(members.map(([name, member]) => [name, visit(member)]));
  };
  const isHit = (part: JsonValue) => typeof part !== 'object' && holdsText(part, text);
  return visit(value) as JsonObject;
}

/**
 * Names projects anew whose name holds a text: `[removed <number>]`. What belongs to one stays together, and its numbers in the index stay
 * right. The name of a project is no matter of one conversation, so a scope that names a conversation leaves it.
 */
export async function renameProjects({ db }: Deletion, { owner = 'local', conversation, project, text }: ForgetScope) {
  if (text === undefined || conversation !== undefined) return;
  const scopes = await db
    .selectFrom('context_scopes')
    .select(['num', 'project'])
    .where('owner', '=', owner)
    .where('project', '<>', '')
    .execute();
  for (const scope of scopes) {
    const num = Number(scope.num);
    if ((project !== undefined && scope.project !== project) || !holdsText(scope.project, text)) continue;
    const named = { project: `[removed ${num}]` };
    if (scope.project === named.project) continue;
    await db.updateTable('context_scopes').set(named).where('num', '=', num).execute();
    await db.updateTable('context_conversations').set(named).where('project_num', '=', num).execute();
    await db.updateTable('context_memories').set(named).where('project_num', '=', num).execute();
  }
}
