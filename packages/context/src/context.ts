import { EventEmitter } from 'node:events';
import { cleanText, mapStrings } from './clean-text.js';
import { systemClock } from './clock.js';
import type { Context, ContextOptions } from './context-types.js';
import { createConversations } from './conversations/conversations.js';
import { createUlids } from './create-ulids.js';
import { ContextError } from './errors.js';
import type { ContextEvents } from './events.js';
import { createFacts } from './facts/create-facts.js';
import { createForget } from './forget/forget.js';
import { pruneConversations } from './forget/prune.js';
import { verifyStore } from './forget/verify.js';
import { createMemories } from './memories/create-memories.js';
import { createMessages } from './messages/messages.js';
import { createPresence } from './messages/presence.js';
import type { Parts } from './parts.js';
import { exportConversations } from './portable/export.js';
import { importConversations } from './portable/import.js';
import { createRecall } from './recall/create-recall.js';
import { searchMessages } from './search/search.js';
import { silentLogger } from './silent-logger.js';
import { withStartUp } from './start-up.js';
import { openStore } from './store/open-store.js';
import { createSummaries } from './summaries/create-summaries.js';
import { createTokenCounter } from './tokens/create-token-counter.js';
import { createMessageCounts } from './tokens/message-counts.js';
import { createWindow } from './window/create-window.js';

/**
 * Opens the memory of conversations in the caller's database, whose tables `migrateContext` makes. Needs no model. Several processes may
 * use one database.
 */
export function createContext(options: ContextOptions): Context {
  const { clock = systemClock, createId = createUlids(), logger = silentLogger, limits = {} } = options;
  const events = new EventEmitter<ContextEvents>();
  const opened = openStore(options);
  let closing: Promise<void> | null = null;

  const check = () => {
    if (closing) throw new ContextError('closed', 'The context is closed.');
  };
  const parts: Parts = {
    store: withStartUp(opened, async () => void (await recoverMessages()), check),
    clock,
    createId,
    logger,
    events,
    secrets: options.secrets ?? [],
    limits: {
      messageCharacters: limits.messageCharacters ?? 1_000_000,
      conversationMessages: limits.conversationMessages ?? 1_000_000,
      importBytes: limits.importBytes ?? 536_870_912,
    },
    emit(name, event) {
      if (name === 'forget-end') windows.dropTexts();
      try {
        (events as EventEmitter).emit(name, event);
      } catch (error) {
        logger.error({ err: error, event: name }, 'a listener of the context threw');
      }
    },
  };
  const presence = createPresence({ ...parts, store: opened });
  const recoverMessages = (signal?: AbortSignal) => presence.recover(signal);

  const { store } = parts;
  const { models = [], generate, countTokens, embed, taskFacts } = options;
  const memories = createMemories({ ...parts, generate, isAutomatic: options.memories?.auto });
  const { onAppend, ...memoriesOfUsers } = memories;
  const onRedact = () => windows.dropTexts();
  const messages = createMessages(parts, { presence, hooks: [onAppend], streamStore: opened, onRedact });
  const recall = createRecall({ ...parts, embed, taskFacts });
  const counter = createTokenCounter({ clock });
  const counts = createMessageCounts({ store, clock, counter, countTokens });
  const windows = createWindow({ ...parts, models, counter, recall, countTokens, marginStore: opened });
  const writer = models.find(({ role }) => role === 'ux') ?? null;
  const { embedPending } = recall;
  const summaries = createSummaries({ ...parts, counter, counts, writer, generate, embedPending });
  const forget = createForget(parts, messages);

  const context: Context = {
    events,
    conversations: {
      ...createConversations(parts),
      delete: (id, { forks, signal }) => forget.deleteConversation(cleanText(id), forks, { signal }),
      export: (ids, exportOptions) => exportConversations(store, ids.map(cleanText), exportOptions),
      import: (json, importOptions) => importConversations(parts, json, importOptions),
    },
    messages: (conversationId) => messages.of(conversationId),
    memories: memoriesOfUsers,
    window: windows,
    recall,
    facts: createFacts({ store, recall, memories, taskFacts }),
    summaries,
    search: (searchOptions) => searchMessages(store, searchOptions),
    forget: (scope, forgetOptions) => forget.forget(mapStrings(scope, cleanText), forgetOptions),
    verify: (verifyOptions) => verifyStore(store, verifyOptions),
    prune: (policy) => pruneConversations(parts, policy),
    async recover({ signal } = {}) {
      check();
      return { messages: await recoverMessages(signal), deletions: await forget.resume({ signal }) };
    },
    close() {
      closing ??= (async () => {
        await messages.close();
        await presence.leave();
        await recall.close();
        await windows.close();
        await counter.close();
      })();
      return closing;
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
  return context;
}
