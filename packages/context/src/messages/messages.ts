import { cleanText } from '../clean-text.js';
import { requireConversation } from '../conversations/conversation-of.js';
import { ContextError } from '../errors.js';
import { redactMessage } from '../forget/redact.js';
import type { AppendHook, Parts } from '../parts.js';
import type { MessageRow, StoreQueries } from '../store/contract.js';
import { tidyIndex } from '../store/tidy-index.js';
import { type Insertion, insertMessage } from './insert.js';
import { readPage } from './page.js';
import { placeIn } from './place.js';
import { type PreparedMessage, prepareMessage } from './prepare.js';
import type { Presence } from './presence.js';
import { createStream } from './stream.js';
import type { AppendOptions, MessageStream, Messages, NewMessage } from './types.js';

const appendsBetweenTidying = 500;

/** The messages of conversations, and the end of all streams. */
export interface MessageService {
  of(conversationId: string): Messages;
  /** Texts of open messages by num, as far as they came. */
  openTexts(): ReadonlyMap<number, string>;
  /** Aborts the streams that are open. */
  close(): Promise<void>;
}

/** What came of an open message. */
interface OpenText {
  readonly num: number;
  text(): string;
}

/** What messages need beside the parts that all services share. */
export interface MessageServiceParts {
  readonly presence: Presence;
  /** Run with each append. */
  readonly hooks: readonly AppendHook[];
  /** Where open streams write, also while the context closes. */
  readonly streamStore: Parts['store'];
  /** Told when the text of a message was removed, so that none is kept in memory. */
  onRedact(): void;
}

/** Makes the {@link MessageService} of a store. */
export function createMessages(
  parts: Parts,
  { presence, hooks, streamStore, onRedact }: MessageServiceParts,
): MessageService {
  const { store, limits, emit } = parts;
  const streams = new Map<MessageStream, OpenText>();
  let untidy = 0;
  let tidying: Promise<void> | null = null;

  /** After many appends, beside the next ones. */
  function tidy(): void {
    untidy += 1;
    if (untidy < appendsBetweenTidying || tidying) return;
    untidy = 0;
    tidying = tidyIndex(store, 1)
      .catch((error: unknown) => parts.logger.debug({ err: error }, 'the index could not be tidied yet'))
      .finally(() => {
        tidying = null;
      });
  }

  const appended = ({ id, seq, role }: MessageRow, conversationId: string) =>
    emit('message-append', { conversationId, messageId: id, seq, role });

  const insertion = (
    conversationId: string,
    message: PreparedMessage,
    asked: Pick<NewMessage, 'id' | 'taskLink'>,
    { afterSeq }: AppendOptions,
  ): Insertion => ({
    conversationId,
    message,
    hasOwnId: asked.id !== undefined,
    taskLink: asked.taskLink,
    afterSeq,
    mostMessages: limits.conversationMessages,
    hooks,
  });

  const messagesOf = (conversationId: string): Messages => ({
    async append(message, options = {}) {
      const prepared = prepareMessage(message, parts);
      const { row, isNew, pinned } = await store.write(
        (queries) => insertMessage(queries, insertion(conversationId, prepared, message, options)),
        options,
      );
      if (isNew) appended(row, conversationId);
      tidy();
      const memoryIds = pinned.map(({ memoryId }) => memoryId);
      if (memoryIds.length > 0) emit('memory-suggest', { conversationId, memoryIds, origin: 'rule' });
      return { id: row.id, seq: row.seq, pinned };
    },
    async start(message, options = {}) {
      await presence.enter(); // before its row: whoever sees the row sees its process
      const prepared = prepareMessage({ ...message, text: '' }, parts);
      const open: PreparedMessage = { ...prepared, status: 'open', process: presence.processId };
      const { row } = await store.write(async (queries) => {
        const inserted = await insertMessage(queries, insertion(conversationId, open, message, options));
        if (inserted.isNew) return inserted;
        throw new ContextError('seq-conflict', `Message ${open.id} is stored already.`, { id: open.id });
      }, options);
      const { stream, text } = createStream({
        ...parts,
        store: streamStore,
        row,
        ended(ended) {
          streams.delete(stream);
          presence.count(-1);
          appended(ended, conversationId);
        },
      });
      streams.set(stream, { num: row.num, text });
      presence.count(1);
      return stream;
    },
    page: (options = {}) => store.read((queries) => readPage(queries, conversationId, options), options),
    async read(id, options) {
      const row = await store.read((queries) => findMessage(queries, conversationId, id), options);
      const { num: _num, ...message } = row;
      return { ...message, conversationId };
    },
    async redact(id, { reason, ...options }) {
      await redactMessage(parts, { find: (queries) => findMessage(queries, conversationId, id), reason }, options);
      onRedact();
    },
  });

  return {
    of: (id) => messagesOf(cleanText(id)),
    openTexts: () => new Map([...streams.values()].map(({ num, text }) => [num, text()])),
    async close() {
      await Promise.allSettled([...streams.keys()].map((stream) => stream.abort()));
      await tidying;
    },
  };
}

async function findMessage(queries: StoreQueries, conversationId: string, id: string): Promise<MessageRow> {
  await requireConversation(queries, conversationId);
  const [row] = await queries.messages.byId([cleanText(id)]);
  if (row && placeIn(await queries.conversations.chain(conversationId), row)) return row;
  throw new ContextError('not-found', `Conversation ${conversationId} has no message ${id}.`, { id: cleanText(id) });
}
