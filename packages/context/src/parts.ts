import type { EventEmitter } from 'node:events';
import type { ContextEvents } from './events.js';
import type { PinnedLine } from './messages/types.js';
import type { ConversationRow, MessageRow, StoreQueries } from './store/contract.js';
import type { OpenStore } from './store/open-store.js';
import type { Clock, Logger, SecretPattern } from './types.js';

/** What the services of one context share. */
export interface Parts {
  readonly store: OpenStore;
  readonly clock: Clock;
  readonly createId: () => string;
  readonly logger: Logger;
  readonly events: EventEmitter<ContextEvents>;
  readonly secrets: readonly SecretPattern[];
  readonly limits: {
    readonly messageCharacters: number;
    readonly conversationMessages: number;
    readonly importBytes: number;
  };
  /** Tells listeners; one that throws is logged and fails nobody. */
  emit<Name extends keyof ContextEvents>(name: Name, event: ContextEvents[Name][0]): void;
}

/** Runs in the transaction that stores a message; awaits only SQL. */
export type AppendHook = (
  queries: StoreQueries,
  message: MessageRow,
  conversation: ConversationRow,
) => Promise<readonly PinnedLine[]>;
