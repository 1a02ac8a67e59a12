import type { CallOptions, MessageRole } from '../types.js';

/** What a hit is. */
export type HitKind = 'message' | 'memory' | 'summary';

/** Something that was said, remembered or summarised and that fits a question. */
export interface Hit {
  /** What it is. */
  readonly kind: HitKind;
  /** Id of the message, memory or summary. */
  readonly id: string;
  /** Messages that it stands for: its own, the source of a memory; empty for a summary, whose places are `fromSeq` to `toSeq`. */
  readonly sources: readonly string[];
  /** Conversation that holds it, `null` for a memory. */
  readonly conversationId: string | null;
  /** Place in the conversation, first one of a summary, `null` for a memory. */
  readonly seq: number | null;
  /** Last place that a summary covers, else the same as `seq`. */
  readonly toSeq: number | null;
  /** Who said it, `null` for memories and summaries. */
  readonly role: MessageRole | null;
  /** When it was said, epoch ms. */
  readonly atMs: number;
  /** The part around the words that match, whole sentences where they fit. */
  readonly excerpt: string;
  /** What it takes in a prompt with the line that labels it, tokens. */
  readonly tokens: number;
  /** Share of the highest possible score, 0 to 1; comparable between questions. It says that a history is about the question, never that it holds the answer. */
  readonly relevance: number;
  /** What the order was made of. */
  readonly parts: HitParts;
  /** Words of the question that it holds. */
  readonly matched: readonly string[];
}

/** What the order of hits was made of. */
export interface HitParts {
  /** BM25 of the text and its best passage. */
  readonly lexical: number;
  /** Weight of whoever said it. */
  readonly role: number;
  /** Score that came from the message before or behind. */
  readonly neighbour: number;
  /** Likeness of the vectors scaled to 0 … 1 over the candidates, `null` without an embedder. */
  readonly vector: number | null;
}

/** What to look for. */
export interface RecallQuery {
  /** The question, as people write it. Nothing in it is syntax. */
  readonly text: string;
  /**
   * Whose. With `conversationId` it may be left out: the conversation's owner is meant, whoever that is; another owner finds nothing.
   *
   * @defaultValue `'local'`
   */
  readonly owner?: string | undefined;
  /** Only messages and summaries of this conversation, its fork chain included; its owner's memories too. */
  readonly conversationId?: string | undefined;
  /**
   * Only of this project, `null` for what belongs to none. Without effect beside `conversationId`, whose own project counts.
   *
   * @defaultValue null
   */
  readonly project?: string | null | undefined;
  /**
   * Whether the owner's whole history is searched instead of one project.
   *
   * @defaultValue false
   */
  readonly acrossProjects?: boolean | undefined;
  /** Only these kinds. */
  readonly kinds?: readonly HitKind[] | undefined;
  /** Only what was said since, epoch ms. */
  readonly sinceMs?: number | undefined;
  /**
   * Most tokens of all hits together.
   *
   * @defaultValue 1200
   */
  readonly maxTokens?: number | undefined;
  /** Ids of messages, memories and summaries that are in the window already. */
  readonly exclude?: readonly string[] | undefined;
  /**
   * Whether hits must be worth a place that nobody asked for: at least three content words or an id in the question, and a best relevance
   * that reaches the gate, which is learnt from the owner's own history. A number is a gate of one's own, and nothing is learnt.
   *
   * @defaultValue false
   */
  readonly gate?: boolean | number | undefined;
  /** Conversation that the question was asked in, where that is not `conversationId`: the gate learns from the others. */
  readonly askedIn?: string | undefined;
  /**
   * Most hits.
   *
   * @defaultValue 64
   */
  readonly limit?: number | undefined;
}

/** What the window asks recall for. */
export type RecallOptions = Partial<Omit<RecallQuery, 'text' | 'conversationId' | 'askedIn' | 'exclude'>>;

/** What was found. */
export interface Recalled {
  /** In order of time. */
  readonly hits: readonly Hit[];
  /** Ids of the hits, the best first. */
  readonly ranking: readonly string[];
  /** What all hits take in a prompt. */
  readonly tokens: number;
  /** Words that were asked for, the rarest ones of the question. */
  readonly asked: readonly string[];
  /** Highest relevance of what was found, 0 without hits. */
  readonly bestRelevance: number;
  /** Relevance that the best one had to reach, `null` without a gate or where the question never came to it. */
  readonly gate: number | null;
  /** Why nothing came back, `null` if something did. */
  readonly reason: 'no-words' | 'nothing-found' | 'too-few-words' | 'below-gate' | 'no-room' | 'failed' | null;
}

/** What a plan is about. */
export interface PlanQuery {
  /** What is to be reached. */
  readonly goal: string;
  /** Project that the plan is for. */
  readonly project: string | null;
  /** Conditions, each asked for by itself; the first three are. */
  readonly constraints?: readonly string[] | undefined;
  /**
   * Only lines with these ids, in this order: what an earlier query with the same goal found, for a second run that is to use the same.
   * What was forgotten since is not among them.
   */
  readonly ids?: readonly string[] | undefined;
  /**
   * Whose.
   *
   * @defaultValue `'local'`
   */
  readonly owner?: string | undefined;
  /**
   * Most tokens of the labelled text.
   *
   * @defaultValue 1200
   */
  readonly maxTokens?: number | undefined;
  /**
   * Most lines of what the goal and the constraints find, pins, facts, decisions and tasks not counted: plans have no gate. Without effect
   * beside `ids`.
   *
   * @defaultValue 64
   */
  readonly maxHits?: number | undefined;
}

/** One line of a plan's context. */
export interface PlanItem {
  /** What it is. */
  readonly label: 'instruction' | 'preference' | 'fact' | 'decision' | 'note' | 'task' | 'message' | 'summary';
  /** Id that a plan can cite. */
  readonly id: string;
  /** Its text, an excerpt of a message. */
  readonly text: string;
  /** When it was said or changed, epoch ms. */
  readonly atMs: number;
  /** Relevance of what was recalled, `null` for the rest. */
  readonly relevance: number | null;
  /** What its line takes, tokens. */
  readonly tokens: number;
}

/** What a planner should know before its first call: data with ids, never instructions of the system. */
export interface PlanContext {
  /** Pins, facts and decisions of the project, open tasks, hits, in this order. */
  readonly items: readonly PlanItem[];
  /** The items as text, one a line between marks that say that it is data; empty without items. */
  readonly text: string;
  /** What the text takes, tokens. */
  readonly tokens: number;
  /** Items that had no room. */
  readonly left: number;
  /** What could not be read, in words of this list. */
  readonly failed: readonly ('recall' | 'tasks' | 'memories')[];
}

/** Finds hits within a number of tokens. Never rejects but by `signal`: a failure is an empty result with its reason. */
export type FindRecall = (query: RecallQuery, options?: CallOptions) => Promise<Recalled>;

/** Finds what matters now. */
export interface Recall extends FindRecall {
  /** What a planner should know. Never rejects but by `signal`. */
  forPlan(query: PlanQuery, options?: CallOptions): Promise<PlanContext>;
  /**
   * Makes vectors of texts that have none yet, the oldest first; `summaries.runPending` does so in idle times. Resolves with how many it
   * made: 0 when none is missing and without an embedder. Rejects with the embedder's error.
   */
  embedPending(options?: CallOptions & { readonly limit?: number | undefined }): Promise<number>;
}
