import { ContextError } from '../errors.js';
import { placeIn } from '../messages/place.js';
import type { ConversationRow, StoreQueries } from '../store/contract.js';
import { requireConversation } from './conversation-of.js';

const deepest = 32;

/** A fork to make. */
export interface ForkPlan {
  readonly id: string;
  readonly parentId: string;
  readonly atMessage: string;
  readonly title: string | null;
  readonly nowMs: number;
}

/** Makes a conversation that reads its parent's messages up to one of them. Copies nothing. */
export async function insertFork(queries: StoreQueries, plan: ForkPlan): Promise<ConversationRow> {
  const parent = await requireConversation(queries, plan.parentId);
  const chain = await queries.conversations.chain(parent.id);
  if (chain.length > deepest) {
    throw new ContextError('message-too-large', `${parent.id} is already ${deepest} forks deep.`, {
      id: parent.id,
      limit: deepest,
    });
  }
  const [message] = await queries.messages.byId([plan.atMessage]);
  if (!message || !placeIn(chain, message)) {
    throw new ContextError('not-found', `Conversation ${parent.id} has no message ${plan.atMessage}.`, {
      id: plan.atMessage,
    });
  }
  return queries.conversations.insert({
    id: plan.id,
    title: plan.title ?? parent.title,
    isTitled: plan.title !== null || parent.isTitled,
    owner: parent.owner,
    project: parent.project,
    folder: parent.folder,
    parentId: parent.id,
    forkSeq: message.seq,
    isPrivate: parent.isPrivate,
    createdAtMs: plan.nowMs,
    updatedAtMs: plan.nowMs,
    archivedAtMs: null,
    meta: parent.meta,
  });
}

/** A fork with its place, as far as the choice of an heir needs it. */
export type Heir = Pick<ConversationRow, 'id' | 'num' | 'forkSeq'>;

/** Which fork takes the messages over: the one that shares the most, of several the oldest. `null` if there is none. */
export function chooseHeir<Fork extends Heir>(forks: readonly Fork[]): Fork | null {
  return [...forks].sort((a, b) => b.forkSeq - a.forkSeq || a.num - b.num)[0] ?? null;
}
