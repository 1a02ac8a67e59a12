import type { MessageRow, StoreQueries } from '../store/contract.js';
import { dropUnusedScopes } from '../store/queries/scope-numbers.js';
import { clearLabels, isLabelled, renameProjects } from './clear-labels.js';
import { deleteConversation, type Run, step } from './delete-conversation.js';
import { deleteMemories, deleteSummaries } from './delete-rows.js';
import { redactRow } from './redact.js';
import { holdsText, isInScope, takesWholeConversations } from './scope.js';
import type { ForgetHit, ForgetScope } from './types.js';

const page = 500;
const chunk = 10;
const excerptCharacters = 80;

/** What a scope means now. */
export interface ForgetPlan {
  /** Conversations that go as a whole. */
  readonly conversations: readonly string[];
  /** Single messages whose text goes. */
  readonly messages: readonly number[];
  readonly memories: readonly number[];
  /** Conversations whose title, folder or `meta` holds the text. */
  readonly labelled: readonly string[];
  readonly hits: readonly ForgetHit[];
}

/** Texts of open messages by num, as far as they came; rows may hold less. */
export type OpenTexts = ReadonlyMap<number, string>;

/** Looks through the rows of an owner for what a scope takes. */
export async function planForget(
  queries: StoreQueries,
  scope: ForgetScope,
  { mostHits, openTexts }: { readonly mostHits: number; readonly openTexts: OpenTexts },
): Promise<ForgetPlan> {
  const owner = scope.owner ?? 'local';
  const isWhole = takesWholeConversations(scope);
  const conversations: string[] = [];
  const messages: number[] = [];
  const labelled: string[] = [];
  const hits: ForgetHit[] = [];
  const hit = (found: ForgetHit) => {
    if (hits.length < mostHits) hits.push({ ...found, excerpt: found.excerpt.slice(0, excerptCharacters) });
  };
  for (const conversation of await conversationsOf(queries, owner, scope)) {
    const { id, title, createdAtMs, updatedAtMs } = conversation;
    const isPast = scope.text === undefined && scope.before !== undefined && updatedAtMs < scope.before;
    if (isWhole || isPast) {
      conversations.push(id);
      hit({ kind: 'conversation', id, conversationId: id, createdAtMs, excerpt: title ?? '' });
      continue;
    }
    if (scope.text !== undefined && isLabelled(conversation, scope.text)) labelled.push(id);
    for await (const message of ownMessages(queries, id)) {
      if (message.redactedAtMs !== null && scope.text === undefined) continue;
      const content = contentOf(message, openTexts.get(message.num));
      if (!isInScope(scope, { createdAtMs: message.createdAtMs, content })) continue;
      messages.push(message.num);
      hit({ ...message, kind: 'message', conversationId: id, excerpt: message.text });
    }
  }
  const memories =
    scope.conversation === undefined
      ? (await queries.memories.list({ owner, project: scope.project })).filter(
          (memory) => isWhole || isInScope(scope, { ...memory, content: [memory.text, memory.quote] }),
        )
      : [];
  for (const memory of memories) hit({ ...memory, kind: 'memory', conversationId: null, excerpt: memory.text });
  return { conversations, messages, memories: memories.map(({ num }) => num), labelled, hits };
}

/** All of a message that may hold a text; of one whose text is gone already the ids and names that stayed. */
function contentOf({ text, parts, toolCallId, taskId, callId, redactedAtMs }: MessageRow, openText = ''): unknown {
  if (redactedAtMs === null) return [text, openText, parts, toolCallId, taskId, callId];
  const { toolCalls = [], toolName } = parts;
  return [toolCalls.map(({ id, name }) => [id, name]), toolName, toolCallId, taskId, callId];
}

async function conversationsOf(queries: StoreQueries, owner: string, scope: ForgetScope) {
  const { conversation, project } = scope;
  // Those that are being deleted too: a deletion that was interrupted goes on.
  if (conversation === undefined) return queries.conversations.list({ owner, project, withClosed: true });
  const row = await queries.conversations.get(conversation);
  const isMeant = row && (scope.owner === undefined || row.owner === owner);
  return isMeant && (project === undefined || row.project === project) ? [row] : [];
}

/** Messages that stand under a conversation itself; what it shares with its parent belongs to that one. */
async function* ownMessages(queries: StoreQueries, id: string) {
  for (let fromSeq = ((await queries.conversations.get(id))?.forkSeq ?? 0) + 1; ; ) {
    const messages = await queries.messages.range(id, { fromSeq, limit: page });
    yield* messages.filter(({ conversationId }) => conversationId === id);
    const last = messages.at(-1);
    if (!last || messages.length < page) return;
    fromSeq = last.seq + 1;
  }
}

/** Takes away what a plan names, in small transactions. What is gone already is no error. */
export async function runPlan(run: Run, plan: ForgetPlan, scope: ForgetScope): Promise<void> {
  for (const id of plan.conversations) await deleteConversation(run, id, 'keep');
  for (let start = 0; start < plan.messages.length; start += chunk) {
    await step(run, async (deletion) => {
      const messages = await deletion.queries.messages.byNum(plan.messages.slice(start, start + chunk));
      for (const message of messages) {
        await redactRow(deletion, message, { nowMs: run.nowMs, text: scope.text });
        deletion.rows.messages += 1;
        deletion.rows.index += 1;
      }
    });
  }
  for (let start = 0; start < plan.memories.length; start += chunk) {
    await step(run, async (deletion) =>
      deleteMemories(deletion, await deletion.queries.memories.byNum(plan.memories.slice(start, start + chunk))),
    );
  }
  const { text } = scope;
  if (text !== undefined) {
    for (const id of plan.labelled) await step(run, (deletion) => clearLabels(deletion, id, text));
    await deleteTraces(run, scope.owner ?? 'local', text);
  }
  await step(run, async (deletion) => {
    await renameProjects(deletion, scope); // last: a deletion that goes on finds its project by name
    await dropUnusedScopes(deletion.db);
  });
}

/** Summaries, blocks and links that hold the text although no message does any more. */
async function deleteTraces(run: Run, owner: string, text: string): Promise<void> {
  await step(run, async (deletion) => {
    const { db } = deletion;
    const mine = db.selectFrom('context_conversations').select('id').where('owner', '=', owner);
    const summaries = await db
      .selectFrom('context_summaries')
      .selectAll()
      .where('conversation_id', 'in', mine)
      .execute();
    await deleteSummaries(
      deletion,
      summaries.filter((summary) => holdsText(summary.text, text)),
    );
    const blocks = await db.selectFrom('context_blocks').selectAll().where('conversation_id', 'in', mine).execute();
    for (const block of blocks.filter((row) => holdsText(row.text, text))) {
      await db
        .deleteFrom('context_blocks')
        .where('conversation_id', '=', block.conversation_id)
        .where('seq', '=', block.seq)
        .execute();
      deletion.rows.blocks += 1;
    }
    const links = await db
      .selectFrom('context_links')
      .select('task_id')
      .distinct()
      .where('conversation_id', 'in', mine)
      .execute();
    for (const { task_id } of links.filter((link) => holdsText(link.task_id, text))) {
      const gone = db.deleteFrom('context_links').where('task_id', '=', task_id).where('conversation_id', 'in', mine);
      deletion.rows.links += Number((await gone.executeTakeFirst()).numDeletedRows);
    }
  });
}

/** Rows that a plan would take, as far as they can be told without taking them. */
export async function countPlan(queries: StoreQueries, run: Run, plan: ForgetPlan): Promise<void> {
  const { rows } = run;
  rows.conversations += plan.conversations.length;
  rows.memories += plan.memories.length;
  rows.messages += plan.messages.length;
  for (const id of plan.conversations) for await (const _message of ownMessages(queries, id)) rows.messages += 1;
  rows.index = rows.messages + rows.memories;
}
