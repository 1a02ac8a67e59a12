import type { Message, MessageOrigin, MessageParts, MessageStatus } from '../messages/types.js';
import type { CallOptions, JsonObject, JsonValue, MessageRole } from '../types.js';
import type { Frequencies, IndexedKind, IndexHit, IndexQuery } from './index-query.js';

export type { Frequencies, IndexedKind, IndexHit, IndexQuery, IndexScope } from './index-query.js';

/** A conversation as it is stored. */
export interface ConversationRow {
  readonly num: number;
  readonly id: string;
  readonly title: string | null;
  readonly isTitled: boolean;
  readonly owner: string;
  readonly project: string | null;
  readonly folder: string | null;
  readonly parentId: string | null;
  readonly forkSeq: number;
  readonly ownerNum: number;
  readonly projectNum: number;
  readonly isPrivate: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly archivedAtMs: number | null;
  readonly closedAtMs: number | null;
  readonly lastSeq: number;
  readonly meta: JsonObject;
}

/** A message as it is stored: `conversationId` is the conversation that holds the row, which of a fork may be an ancestor. */
export interface MessageRow extends Message {
  readonly num: number;
}

/** A message without its text. */
export interface MessageMark {
  readonly num: number;
  readonly seq: number;
  readonly role: MessageRole;
  readonly status: MessageStatus;
  /** Check sum of what must not change unseen. */
  readonly crc: number;
}

/** A message to store. */
export interface MessageInsert {
  readonly id: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly role: MessageRole;
  readonly text: string;
  readonly parts: MessageParts;
  readonly toolCallId: string | null;
  readonly taskId: string | null;
  readonly callId: string | null;
  readonly status: MessageStatus;
  readonly origin: MessageOrigin;
  readonly process: string | null;
  readonly createdAtMs: number;
  readonly redactedAtMs?: number | null;
}

/** A part of a conversation whose rows stand under one id; the parts of a fork, oldest first. */
export interface ChainPart {
  readonly conversationId: string;
  readonly conversationNum: number;
  /** First seq that is read from it. */
  readonly fromSeq: number;
  /** Last seq that is read from it; infinity for the conversation itself. */
  readonly toSeq: number;
}

/** Which messages of a conversation, its fork chain included. */
export interface MessageRange {
  /** First seq; from the beginning if left out. */
  readonly fromSeq?: number | undefined;
  /** Last seq. */
  readonly toSeq?: number | undefined;
  readonly roles?: readonly MessageRole[] | undefined;
  /** All if left out. */
  readonly limit?: number | undefined;
  /** Takes the newest ones of the range, and gives the newest first. */
  readonly newestFirst?: boolean | undefined;
}

export interface CountRow {
  readonly num: number;
  readonly tokenizer: string;
  readonly tokens: number;
  readonly exact: boolean;
}

/** Text that was added to one turn. */
export interface BlockRow {
  readonly conversationId: string;
  readonly seq: number;
  readonly text: string;
  readonly sources: readonly string[];
  readonly tokens: number;
}

export interface WindowRow {
  readonly conversationId: string;
  readonly model: string;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly pins: readonly string[];
  readonly summaries: readonly string[];
  readonly prefixSha256: string;
  readonly baseTokens: number;
  /** What the window wants to keep beside. */
  readonly state: JsonObject;
  readonly updatedAtMs: number;
}

export interface SummaryInsert {
  readonly id: string;
  readonly conversationId: string;
  readonly level: number;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly kind: 'extract' | 'model';
  readonly text: string;
  readonly tokens: number;
  readonly model: string | null;
  readonly promptVersion: string;
  readonly sourceSha256: string;
  readonly state: 'active' | 'stale' | 'failed';
  readonly createdAtMs: number;
}

export interface SummaryRow extends SummaryInsert {
  readonly num: number;
}

export type MemoryKind = 'instruction' | 'preference' | 'fact' | 'decision' | 'note';
export type MemoryOrigin = 'user' | 'rule' | 'model' | 'import';
export type MemoryState = 'suggested' | 'active' | 'superseded' | 'rejected';

export interface MemoryInsert {
  readonly id: string;
  readonly owner: string;
  readonly project: string | null;
  readonly kind: MemoryKind;
  readonly text: string;
  /** Words of the source that it rests on, `null` for the user's own entry. */
  readonly quote: string | null;
  /** Message that it was made from. */
  readonly sourceNum: number | null;
  readonly sourceId: string | null;
  readonly origin: MemoryOrigin;
  readonly state: MemoryState;
  readonly pinned: boolean;
  readonly supersededBy: string | null;
  readonly validFromMs: number | null;
  readonly validToMs: number | null;
  readonly createdAtMs: number;
  readonly usedAtMs: number | null;
  readonly uses: number;
}

export interface MemoryRow extends MemoryInsert {
  readonly num: number;
}

/** Members of a memory that change. */
export type MemoryChange = Partial<
  Pick<MemoryInsert, 'state' | 'pinned' | 'supersededBy' | 'validToMs' | 'usedAtMs' | 'uses'>
>;

export interface MemoryFilter {
  readonly owner: string;
  /** `null` only those of no project; left out all. */
  readonly project?: string | null | undefined;
  /** With `project`: also those of no project, which hold everywhere. */
  readonly withGeneral?: boolean | undefined;
  readonly kinds?: readonly MemoryKind[] | undefined;
  readonly states?: readonly MemoryState[] | undefined;
  readonly pinned?: boolean | undefined;
  readonly sourceNums?: readonly number[] | undefined;
  /** Only those that hold this text, letters of either case. */
  readonly text?: string | undefined;
  readonly limit?: number | undefined;
}

export interface LinkRow {
  readonly conversationId: string;
  readonly messageNum: number | null;
  readonly taskId: string;
  readonly kind: 'asked' | 'about' | 'result';
  readonly createdAtMs: number;
}

export interface VectorRow {
  readonly num: number;
  readonly kind: IndexedKind;
  readonly embedder: string;
  readonly vector: Float32Array;
}

export interface JobRow {
  readonly key: string;
  readonly kind: string;
  readonly payload: JsonObject;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly attempts: number;
  readonly leaseUntilMs: number | null;
  readonly createdAtMs: number;
}

/** Every query of this package, by noun. Bound to the database for reading, to a transaction inside `write`. */
export interface StoreQueries {
  readonly conversations: {
    insert(
      row: Omit<ConversationRow, 'num' | 'ownerNum' | 'projectNum' | 'lastSeq' | 'closedAtMs'>,
    ): Promise<ConversationRow>;
    get(id: string): Promise<ConversationRow | null>;
    byNum(nums: readonly number[]): Promise<ConversationRow[]>;
    /** Gives the next seq, which is then `lastSeq`; `null` if there is no such conversation or it is being deleted. */
    nextSeq(id: string, nowMs: number): Promise<ConversationRow | null>;
    /** Parts of the fork chain, oldest first; empty if there is no such conversation. */
    chain(id: string): Promise<ChainPart[]>;
    forks(id: string): Promise<ConversationRow[]>;
    list(filter: ConversationFilter): Promise<ConversationRow[]>;
    update(
      id: string,
      change: Partial<
        Pick<
          ConversationRow,
          'title' | 'isTitled' | 'archivedAtMs' | 'closedAtMs' | 'updatedAtMs' | 'lastSeq' | 'parentId' | 'forkSeq'
        >
      >,
    ): Promise<void>;
    delete(id: string): Promise<number>;
  };
  readonly messages: {
    /** Stores the row, and unless it is `open` or of the system its index entry. */
    insert(row: MessageInsert): Promise<MessageRow>;
    /** Changes an open message, or ends it: then its index entry is made. */
    write(
      num: number,
      change: Partial<Pick<MessageInsert, 'text' | 'parts' | 'status' | 'callId' | 'conversationId'>> & {
        readonly redactedAtMs?: number;
      },
    ): Promise<void>;
    /** Messages of a conversation and its fork chain, by seq; `conversationId` of the rows is where they stand. */
    range(conversationId: string, range: MessageRange): Promise<MessageRow[]>;
    byNum(nums: readonly number[]): Promise<MessageRow[]>;
    byId(ids: readonly string[]): Promise<MessageRow[]>;
    /** Messages by the conversation that holds the row and their seq. */
    byPlace(places: readonly { readonly conversationId: string; readonly seq: number }[]): Promise<MessageRow[]>;
    /** The same without texts: enough to see what is new and what was changed. */
    marks(conversationId: string, range: MessageRange): Promise<MessageMark[]>;
    /** How much stands in a part of a conversation, messages of the system left out. */
    outline(
      conversationId: string,
      range: { readonly fromSeq: number; readonly toSeq: number },
    ): Promise<{ readonly units: number; readonly messages: number; readonly characters: number }>;
    /** Open messages of processes that are not among these. */
    openBut(processes: readonly string[]): Promise<MessageRow[]>;
    /** Takes rows with index entries, counts, vectors and links away. */
    delete(nums: readonly number[]): Promise<void>;
  };
  readonly counts: {
    /** Stored counts by num. */
    get(nums: readonly number[], tokenizer: string): Promise<Map<number, CountRow>>;
    /** Counts of all messages of a conversation and its fork chain from `fromSeq`, by num. */
    ofConversation(conversationId: string, tokenizer: string, fromSeq: number): Promise<Map<number, CountRow>>;
    put(rows: readonly CountRow[]): Promise<void>;
  };
  readonly blocks: {
    /** Blocks of a conversation and its fork chain from `fromSeq`, by seq. */
    range(conversationId: string, fromSeq: number): Promise<BlockRow[]>;
    put(row: BlockRow): Promise<void>;
  };
  readonly windows: {
    get(conversationId: string, model: string): Promise<WindowRow | null>;
    put(row: WindowRow): Promise<void>;
    /** Conversations that some window does not begin with, but private ones, and the last message that left a window of theirs. */
    evicted(): Promise<{ readonly conversationId: string; readonly toSeq: number }[]>;
    /** Ids of the summaries that windows of a conversation show. */
    shownSummaries(conversationId: string): Promise<string[]>;
  };
  readonly summaries: {
    /** Stores the row, and if it is `active` its index entry. */
    insert(row: SummaryInsert): Promise<SummaryRow>;
    get(id: string): Promise<SummaryRow | null>;
    byNum(nums: readonly number[]): Promise<SummaryRow[]>;
    /** Summaries of a conversation and its fork chain, by level and from_seq. */
    of(conversationId: string, states?: readonly SummaryRow['state'][]): Promise<SummaryRow[]>;
    /** Takes rows with index entries and vectors away. */
    delete(nums: readonly number[]): Promise<void>;
    /** Those of this conversation that cover a message from `fromSeq` to `toSeq`. */
    covering(conversationId: string, fromSeq: number, toSeq: number): Promise<SummaryRow[]>;
  };
  readonly memories: {
    /** Stores the row and its index entry; only `active` rows are found by recall, which looks at the state. */
    insert(row: MemoryInsert): Promise<MemoryRow>;
    get(id: string): Promise<MemoryRow | null>;
    byNum(nums: readonly number[]): Promise<MemoryRow[]>;
    /** Newest first. */
    list(filter: MemoryFilter): Promise<MemoryRow[]>;
    update(num: number, change: MemoryChange): Promise<void>;
    /** Takes rows with index entries and vectors away. */
    delete(nums: readonly number[]): Promise<void>;
  };
  readonly links: {
    put(row: LinkRow): Promise<void>;
    /** Newest first. */
    of(conversationId: string): Promise<LinkRow[]>;
  };
  readonly vectors: {
    get(nums: readonly number[], embedder: string): Promise<VectorRow[]>;
    put(rows: readonly VectorRow[]): Promise<void>;
    /** Rows in scope that have no vector of this embedder yet, oldest first. */
    missing(
      embedder: string,
      limit: number,
    ): Promise<{ readonly num: number; readonly kind: IndexedKind; readonly text: string }[]>;
  };
  readonly jobs: {
    /** Makes the job unless its key is known. */
    add(row: Omit<JobRow, 'state' | 'attempts' | 'leaseUntilMs'>): Promise<void>;
    /** Takes the oldest job that waits or whose lease has ended, and counts the attempt. */
    claim(kinds: readonly string[], nowMs: number, leaseMs: number): Promise<JobRow | null>;
    end(key: string, state: 'done' | 'failed' | 'waiting'): Promise<void>;
    /** Puts it back without counting the attempt. */
    release(key: string): Promise<void>;
    get(key: string): Promise<JobRow | null>;
    /** Oldest first. */
    list(kind: string): Promise<JobRow[]>;
    delete(keyPrefix: string): Promise<number>;
  };
  /** What was learnt from use: margins by digest, calibrated gates. Holds no text of a conversation. */
  readonly learned: {
    get(key: string): Promise<JsonValue | null>;
    put(key: string, value: JsonValue, nowMs: number): Promise<void>;
  };
  readonly index: {
    search(query: IndexQuery): Promise<IndexHit[]>;
    frequencies(words: readonly string[]): Promise<Frequencies>;
  };
}

export interface ConversationFilter {
  readonly owner: string;
  readonly project?: string | null | undefined;
  readonly folder?: string | null | undefined;
  readonly archived?: boolean | undefined;
  readonly titleText?: string | undefined;
  readonly nums?: readonly number[] | undefined;
  /** Position behind the last row of the page before. */
  readonly before?: { readonly updatedAtMs: number; readonly num: number } | undefined;
  readonly updatedBeforeMs?: number | undefined;
  /** Those that are being deleted too. */
  readonly withClosed?: boolean | undefined;
  readonly limit?: number | undefined;
}

/** The database of a context. Errors leave it as `ContextError` where the list has a code. */
export interface ContextStore {
  readonly dialect: 'sqlite' | 'postgres';
  /** Reads; rejects with the reason of `signal`. */
  read<Result>(run: (queries: StoreQueries) => Promise<Result>, options?: CallOptions): Promise<Result>;
  /** One write transaction. `run` may be called again after `store-busy` or `seq-conflict`, so it changes nothing but the database. */
  write<Result>(run: (queries: StoreQueries) => Promise<Result>, options?: CallOptions): Promise<Result>;
}
