import { cleanText, mapStrings } from '../clean-text.js';
import { ContextError } from '../errors.js';
import type { Parts } from '../parts.js';
import type { StoreQueries } from '../store/contract.js';
import type { CallOptions } from '../types.js';
import { conversationOf, requireConversation } from './conversation-of.js';
import { insertFork } from './fork.js';
import { listConversations } from './list.js';
import type { Conversation, Conversations } from './types.js';

type Stored = Omit<Conversations, 'delete' | 'export' | 'import'>;

/** The conversations of a store, without deletion and export. */
export function createConversations({ store, clock, createId }: Pick<Parts, 'store' | 'clock' | 'createId'>): Stored {
  const now = () => Math.round(clock.now());

  async function change(
    rawId: string,
    options: CallOptions,
    make: (queries: StoreQueries, conversation: Conversation) => Promise<void>,
  ): Promise<Conversation> {
    const id = cleanText(rawId);
    const row = await store.write(async (queries) => {
      await make(queries, conversationOf(await requireConversation(queries, id)));
      return queries.conversations.get(id);
    }, options);
    return conversationOf(row!);
  }

  return {
    async create(conversation = {}, options = {}) {
      const nowMs = now();
      const id = cleanText(conversation.id ?? createId());
      const owner = cleanText(conversation.owner ?? 'local');
      const title = conversation.title === undefined ? null : cleanText(conversation.title);
      const row = await store.write(async (queries) => {
        const known = await queries.conversations.get(id);
        if (known && known.owner !== owner) {
          throw new ContextError('seq-conflict', `The id ${id} is taken.`, { id });
        }
        if (known) return requireConversation(queries, id);
        return queries.conversations.insert({
          id,
          title,
          isTitled: title !== null,
          owner,
          project: conversation.project === undefined ? null : cleanText(conversation.project),
          folder: conversation.folder === undefined ? null : cleanText(conversation.folder),
          parentId: null,
          forkSeq: 0,
          isPrivate: conversation.private ?? false,
          createdAtMs: nowMs,
          updatedAtMs: nowMs,
          archivedAtMs: null,
          meta: mapStrings(conversation.meta ?? {}, cleanText),
        });
      }, options);
      return conversationOf(row);
    },
    async get(id, options) {
      const row = await store.read((queries) => queries.conversations.get(cleanText(id)), options);
      return row && row.closedAtMs === null ? conversationOf(row) : null;
    },
    list: (options = {}) => store.read((queries) => listConversations(queries, options), options),
    rename: (id, title, options = {}) =>
      change(id, options, (queries, conversation) =>
        queries.conversations.update(conversation.id, { title: cleanText(title), isTitled: true, updatedAtMs: now() }),
      ),
    archive: (id, { archived = true, ...options } = {}) =>
      change(id, options, (queries, { id: found, archivedAtMs }) =>
        queries.conversations.update(found, { archivedAtMs: archived ? (archivedAtMs ?? now()) : null }),
      ),
    async fork(id, { atMessage, title, ...options }) {
      const plan = {
        id: createId(),
        parentId: cleanText(id),
        atMessage: cleanText(atMessage),
        title: title === undefined ? null : cleanText(title),
      };
      const row = await store.write((queries) => insertFork(queries, { ...plan, nowMs: now() }), options);
      return conversationOf(row);
    },
  };
}
