import { closedError } from '../conversations/conversation-of.js';
import { titleOf } from '../conversations/title.js';
import { ContextError } from '../errors.js';
import type { AppendHook } from '../parts.js';
import type { MessageRow, StoreQueries } from '../store/contract.js';
import { placeIn } from './place.js';
import type { PreparedMessage } from './prepare.js';
import type { NewMessage, PinnedLine } from './types.js';

const assistantsBefore = 20; // that may have asked for a tool

/** A message to put behind the last one. */
export interface Insertion {
  readonly conversationId: string;
  readonly message: PreparedMessage;
  /** Whether the caller chose the id, which may be stored already. */
  readonly hasOwnId: boolean;
  readonly taskLink: NewMessage['taskLink'];
  readonly afterSeq: number | undefined;
  readonly mostMessages: number;
  readonly hooks: readonly AppendHook[];
}

/** Where it stands. */
export interface Inserted {
  readonly row: MessageRow;
  readonly isNew: boolean;
  readonly pinned: readonly PinnedLine[];
}

/** Stores a message with its index entry, title, link and what the hooks make of it; inside a write transaction. */
export async function insertMessage(queries: StoreQueries, insertion: Insertion): Promise<Inserted> {
  const { conversationId, message } = insertion;
  if (insertion.hasOwnId) {
    const known = await findKnown(queries, conversationId, message.id);
    if (known) return { row: known, isNew: false, pinned: [] };
  }
  const conversation = await queries.conversations.nextSeq(conversationId, message.createdAtMs);
  if (!conversation) throw await whyNot(queries, conversationId);
  const seq = conversation.lastSeq;
  checkPlace(seq, insertion);
  if (message.role === 'tool') await checkToolCall(queries, conversationId, message);
  const row = await queries.messages.insert({ ...message, conversationId, seq });
  if (conversation.title === null && message.role === 'user') {
    await queries.conversations.update(conversationId, { title: titleOf(message.text) });
  }
  if (message.taskId !== null) {
    await queries.links.put({
      conversationId,
      messageNum: row.num,
      taskId: message.taskId,
      kind: insertion.taskLink ?? 'about',
      createdAtMs: message.createdAtMs,
    });
  }
  const pinned: PinnedLine[] = [];
  for (const hook of insertion.hooks) pinned.push(...(await hook(queries, row, conversation)));
  return { row, isNew: true, pinned };
}

async function findKnown(queries: StoreQueries, conversationId: string, id: string): Promise<MessageRow | null> {
  const [known] = await queries.messages.byId([id]);
  if (!known) return null;
  if (placeIn(await queries.conversations.chain(conversationId), known)) return known;
  throw new ContextError('seq-conflict', `The id ${id} belongs to a message of another conversation.`, { id });
}

async function whyNot(queries: StoreQueries, id: string): Promise<ContextError> {
  const row = await queries.conversations.get(id);
  return row ? closedError(id) : new ContextError('not-found', `There is no conversation ${id}.`, { id });
}

function checkPlace(seq: number, { afterSeq, mostMessages, conversationId }: Insertion): void {
  if (afterSeq !== undefined && seq !== afterSeq + 1) {
    throw new ContextError('seq-conflict', `Conversation ${conversationId} stands at ${seq - 1}, not at ${afterSeq}.`, {
      id: conversationId,
    });
  }
  if (seq > mostMessages) {
    throw new ContextError('message-too-large', `Conversation ${conversationId} holds ${mostMessages} messages.`, {
      id: conversationId,
      limit: mostMessages,
    });
  }
}

async function checkToolCall(queries: StoreQueries, conversationId: string, message: PreparedMessage): Promise<void> {
  const asked = await queries.messages.range(conversationId, {
    roles: ['assistant'],
    newestFirst: true,
    limit: assistantsBefore,
  });
  const isAsked = asked.some(({ parts }) => parts.toolCalls?.some((call) => call.id === message.toolCallId));
  if (isAsked) return;
  throw new ContextError('tool-pair-broken', `No call ${message.toolCallId} of a tool stands before this result.`, {
    id: conversationId,
  });
}
