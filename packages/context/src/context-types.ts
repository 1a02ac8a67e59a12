import type { EventEmitter } from 'node:events';
import type { Conversations } from './conversations/types.js';
import type { ContextEvents } from './events.js';
import type { Facts } from './facts/types.js';
import type { ForgetOptions, ForgetReport, ForgetScope, PrunePolicy, VerifyReport } from './forget/types.js';
import type { Memories } from './memories/types.js';
import type { Messages } from './messages/types.js';
import type { Recall } from './recall/types.js';
import type { SearchOptions, SearchResult } from './search/types.js';
import type { Summaries } from './summaries/types.js';
import type {
  CallOptions,
  Clock,
  ContextLimits,
  CountTokens,
  Database,
  Embed,
  Generate,
  Logger,
  ModelWindow,
  SecretPattern,
  SqliteHandle,
  TaskFacts,
  Writer,
} from './types.js';
import type { Windows } from './window/types.js';

/** Options of `createContext`. */
export interface ContextOptions {
  /** Database with the tables of `migrateContext`. */
  readonly kysely: Database;
  /** The better-sqlite3 database behind `kysely`: appends are prepared once then, about twice as fast. */
  readonly sqlite?: SqliteHandle | undefined;
  /** Runs the writes; a transaction for each if left out. */
  readonly writer?: Writer | undefined;
  /** Models that windows are fitted for. */
  readonly models?: readonly ModelWindow[] | undefined;
  /** Lets the small model write summaries and suggest memories; without it there are extracts and rules. */
  readonly generate?: Generate | undefined;
  /** The server's own count of a prompt; without it counts are estimated. */
  readonly countTokens?: CountTokens | undefined;
  /** How memories are made. */
  readonly memories?: MemoryOptions | undefined;
  /** Vectors for recall; words alone if left out. */
  readonly embed?: Embed | undefined;
  /** Tasks that questions are answered from. */
  readonly taskFacts?: TaskFacts | undefined;
  /** What is taken out of every message before it is stored. */
  readonly secrets?: readonly SecretPattern[] | undefined;
  /** Time; the system's if left out. */
  readonly clock?: Clock | undefined;
  /** Makes ids; ULIDs if left out. */
  readonly createId?: (() => string) | undefined;
  /** Where the package says what it could not do; nowhere if left out. */
  readonly logger?: Logger | undefined;
  /** How large things may be. */
  readonly limits?: ContextLimits | undefined;
}

/** How memories are made. */
export interface MemoryOptions {
  /**
   * Whether what the model suggests is active without an answer of the user.
   *
   * @defaultValue false
   */
  readonly auto?: boolean | undefined;
}

/** What was said, what of it matters, and what a model gets to see. */
export interface Context extends AsyncDisposable {
  /** What happens. */
  readonly events: EventEmitter<ContextEvents>;
  /** The conversations. */
  readonly conversations: Conversations;
  /** The messages of one conversation. */
  messages(conversationId: string): Messages;
  /** Finds messages for people: those with all words first, then with any. */
  search(options: SearchOptions): Promise<SearchResult>;
  /** What is known beyond a conversation. */
  readonly memories: Memories;
  /** What a model gets to see. */
  readonly window: Windows;
  /** Finds what matters for a text, for a model; `recall.forPlan` for a plan. */
  readonly recall: Recall;
  /** Answers from rows, without a model. */
  readonly facts: Facts;
  /** Short texts that stand for what left the window. */
  readonly summaries: Summaries;
  /**
   * Takes away what a scope names, with everything that was made of it, in the database and in the bytes of its files. Messages that
   * `text` or `before` name keep their place and lose their text; whole conversations go. Many small transactions: what was interrupted is
   * ended by the same call again, or by `recover`.
   */
  forget(scope: ForgetScope, options?: ForgetOptions): Promise<ForgetReport>;
  /** Recomputes check sums and compares the index with its rows. */
  verify(options?: CallOptions): Promise<VerifyReport>;
  /** Deletes conversations that have not changed for long; nothing expires by itself. */
  prune(policy: PrunePolicy): Promise<ForgetReport>;
  /**
   * Ends what processes that died have left: open messages become `aborted` (which also the first call does), interrupted deletions go on.
   */
  recover(options?: CallOptions): Promise<Recovery>;
  /** Ends open streams and refuses further calls with `closed`. The database is the caller's and stays open. */
  close(): Promise<void>;
}

/** What a recovery did. */
export interface Recovery {
  /** Open messages that became `aborted`. */
  readonly messages: number;
  /** Deletions that were ended. */
  readonly deletions: number;
}
