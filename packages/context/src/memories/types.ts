import type { Message } from '../messages/types.js';
import type { CallOptions } from '../types.js';

/** What a memory is: `instruction` and `preference` hold in every turn, the others are found when they matter. */
export type MemoryKind = 'instruction' | 'preference' | 'fact' | 'decision' | 'note';
/** Who made a memory: `rule` from words of the user, `model` as a suggestion. */
export type MemoryOrigin = 'user' | 'rule' | 'model' | 'import';
/** Where a memory stands: only `active` ones are recalled. */
export type MemoryState = 'suggested' | 'active' | 'superseded' | 'rejected';

/** Something to know of a person or a project. */
export interface Memory {
  /** Its id, a ULID. */
  readonly id: string;
  /** Whose it is. */
  readonly owner: string;
  /** Project that it holds for, `null` for all. */
  readonly project: string | null;
  /** What it is. */
  readonly kind: MemoryKind;
  /** What it says. */
  readonly text: string;
  /** Words of the message that it rests on, `null` if a person wrote it. */
  readonly quote: string | null;
  /** Message that it comes from, `null` if a person wrote it. */
  readonly sourceId: string | null;
  /** Who made it. */
  readonly origin: MemoryOrigin;
  /** Where it stands. */
  readonly state: MemoryState;
  /** Whether it is in every window. */
  readonly isPinned: boolean;
  /** Memory that took its place, `null` if none did. */
  readonly supersededBy: string | null;
  /** From when on it holds, epoch ms. */
  readonly validFromMs: number | null;
  /** Until when it held, epoch ms, `null` if it still does. */
  readonly validToMs: number | null;
  /** When it was made, epoch ms. */
  readonly createdAtMs: number;
  /** When it was said again last, epoch ms. */
  readonly usedAtMs: number | null;
  /** How often it was said again. */
  readonly uses: number;
}

/** A memory to add. */
export interface NewMemory {
  /** What it says, at most 2,000 characters. */
  readonly text: string;
  /**
   * What it is.
   *
   * @defaultValue `'note'`
   */
  readonly kind?: MemoryKind | undefined;
  /**
   * Whose it is.
   *
   * @defaultValue `'local'`
   */
  readonly owner?: string | undefined;
  /** Project that it holds for; all if left out. */
  readonly project?: string | null | undefined;
  /** Whether it is in every window; `true` for instructions and preferences if left out. */
  readonly pinned?: boolean | undefined;
  /** Memory whose place it takes; otherwise one of the same kind and subject is found. */
  readonly supersedes?: string | undefined;
}

/** Which memories to list, newest first. */
export interface ListMemories extends CallOptions {
  /**
   * Whose.
   *
   * @defaultValue `'local'`
   */
  readonly owner?: string | undefined;
  /** Only of this kind. */
  readonly kind?: MemoryKind | undefined;
  /** Only of this project and of none; `null` for those of none. */
  readonly project?: string | null | undefined;
  /** Only those that hold this text. */
  readonly text?: string | undefined;
  /** Only in this state; `active` and `suggested` ones if left out. */
  readonly state?: MemoryState | undefined;
  /**
   * Also those whose place was taken.
   *
   * @defaultValue false
   */
  readonly includeSuperseded?: boolean | undefined;
  /** Only pinned ones, or only the others. */
  readonly pinned?: boolean | undefined;
  /**
   * Most memories.
   *
   * @defaultValue 1000
   */
  readonly limit?: number | undefined;
}

/** A memory that a model suggests. It waits for an answer. */
export interface Suggestion extends Memory {
  /** Words of its source, as they stand there. */
  readonly quote: string;
  /** Message that it comes from. */
  readonly sourceId: string;
}

/** What became of a memory that was added. */
export interface AddedMemory {
  /** The memory, or the one that says the same already. */
  readonly memory: Memory;
  /** Whether it said nothing new and only raised `uses` of an old one. */
  readonly isDuplicate: boolean;
  /** Memories whose place it took. */
  readonly superseded: readonly string[];
}

/** Where a memory comes from, and what became of it. */
export interface MemoryExplanation {
  /** The memory. */
  readonly memory: Memory;
  /** The message that it comes from; `null` where a person wrote it, and where the message is not here. */
  readonly source: Message | null;
  /** Memories whose place it took, newest first. */
  readonly replaced: readonly Memory[];
  /** The memory that took its place, `null` if none did. */
  readonly replacedBy: Memory | null;
}

/** What is remembered: rows that can be listed, corrected and deleted. */
export interface Memories {
  /** Stores a memory of the user. Rejects with `message-too-large` beyond 2,000 characters, with `not-found` where `supersedes` names none. */
  add(memory: NewMemory, options?: CallOptions): Promise<AddedMemory>;
  /** One memory in whatever state. Rejects with `not-found`. */
  get(id: string, options?: CallOptions): Promise<Memory>;
  /** Where it comes from and what became of it. Rejects with `not-found`. */
  explain(id: string, options?: CallOptions): Promise<MemoryExplanation>;
  /** Memories, newest first. */
  list(filter?: ListMemories): Promise<Memory[]>;
  /** Writes a new row that takes the place of this one, which stays readable. Rejects with `not-found`. */
  update(
    id: string,
    change: {
      readonly text?: string | undefined;
      readonly kind?: MemoryKind | undefined;
      readonly project?: string | null | undefined;
    },
    options?: CallOptions,
  ): Promise<Memory>;
  /** Puts it into every window. Rejects with `not-found`. */
  pin(id: string, options?: CallOptions): Promise<Memory>;
  /** Takes it out of the windows; recall still finds it. Rejects with `not-found`. */
  unpin(id: string, options?: CallOptions): Promise<Memory>;
  /**
   * Asks the small model for facts and decisions in what the user said since the last time: at most five per 2,000 tokens, each with words
   * of its message or dropped. Resolves with what waits for an answer; empty without a model.
   */
  suggest(conversationId: string, options?: CallOptions): Promise<Suggestion[]>;
  /** Makes a suggestion active. Rejects with `not-found`. */
  accept(id: string, options?: CallOptions): Promise<Memory>;
  /** Turns a suggestion down; the same is not suggested again. Rejects with `not-found`. */
  reject(id: string, options?: CallOptions): Promise<Memory>;
  /** Takes back what a rule or `add` just did: the memory goes, what it took the place of is active again. Rejects with `not-found`. */
  undo(id: string, options?: CallOptions): Promise<void>;
  /** Deletes the row with all that was made from it. Rejects with `not-found`. */
  delete(id: string, options?: CallOptions): Promise<void>;
}
