/** Columns of `context_conversations`. */
export interface ConversationTable {
  /** Number in the scope words of the index. */
  num: number;
  id: string;
  title: string | null;
  /** 1 where a person or a program chose the title. */
  is_titled: number;
  owner: string;
  project: string | null;
  folder: string | null;
  parent_id: string | null;
  fork_seq: number;
  /** Number of the owner's row in `context_scopes`. */
  owner_num: number;
  /** Number of the project's row in `context_scopes`; conversations of no project share one of the owner. */
  project_num: number;
  is_private: number;
  created_at: number;
  updated_at: number;
  archived_at: number | null;
  /** Set while it is being deleted. */
  closed_at: number | null;
  last_seq: number;
  meta: string;
}

/** Columns of `context_messages`. */
export interface MessageTable {
  num: number;
  id: string;
  conversation_id: string;
  seq: number;
  role: string;
  text: string;
  /** Bigrams of alphabets without spaces, so that words inside a run are found. */
  grams: string | null;
  parts: string | null;
  tool_call_id: string | null;
  task_id: string | null;
  call_id: string | null;
  status: string;
  origin: string;
  /** Process that writes an open message. */
  process: string | null;
  created_at: number;
  redacted_at: number | null;
  crc: number;
}

/** Columns of `context_counts`. */
export interface CountTable {
  num: number;
  tokenizer: string;
  tokens: number;
  exact: number;
}

/** Columns of `context_blocks`. */
export interface BlockTable {
  conversation_id: string;
  seq: number;
  text: string;
  sources: string;
  tokens: number;
}

/** Columns of `context_windows`. */
export interface WindowTable {
  conversation_id: string;
  model: string;
  epoch: number;
  first_seq: number;
  pins: string;
  summaries: string;
  prefix_sha256: string;
  base_tokens: number;
  /** What the window's owner keeps beside, JSON. */
  state: string;
  updated_at: number;
}

/** Columns of `context_summaries`. */
export interface SummaryTable {
  num: number;
  id: string;
  conversation_id: string;
  level: number;
  from_seq: number;
  to_seq: number;
  kind: string;
  text: string;
  grams: string | null;
  tokens: number;
  model: string | null;
  prompt_version: string;
  source_sha256: string;
  state: string;
  created_at: number;
}

/** Columns of `context_memories`. */
export interface MemoryTable {
  num: number;
  id: string;
  owner: string;
  project: string | null;
  owner_num: number;
  project_num: number;
  kind: string;
  text: string;
  grams: string | null;
  quote: string | null;
  source_num: number | null;
  source_id: string | null;
  origin: string;
  state: string;
  pinned: number;
  superseded_by: string | null;
  valid_from: number | null;
  valid_to: number | null;
  created_at: number;
  used_at: number | null;
  uses: number;
}

/** Columns of `context_links`. */
export interface LinkTable {
  conversation_id: string;
  message_num: number | null;
  task_id: string;
  kind: string;
  created_at: number;
}

/** Columns of `context_vectors`. */
export interface VectorTable {
  num: number;
  kind: string;
  embedder: string;
  vector: Uint8Array;
}

/** Columns of `context_jobs`. */
export interface JobTable {
  key: string;
  kind: string;
  payload: string;
  state: string;
  attempts: number;
  lease_until: number | null;
  created_at: number;
}

/** Columns of `context_learned`: what was learnt from use, without any text of a conversation. */
export interface LearnedTable {
  key: string;
  value: string;
  updated_at: number;
}

/** Columns of `context_forgotten`: which deletions there were, without texts and titles. */
export interface ForgottenTable {
  id: string;
  at: number;
  action: string;
  scope_kind: string;
  count: number;
  by: string;
  /** 1 once it has ended. */
  is_done: number;
}

/** Columns of `context_processes`: who may hold open messages. */
export interface ProcessTable {
  id: string;
  pid: number;
  host: string;
  seen_at: number;
}

/** Columns of `context_scopes`: numbers of owners (`project` is `null`) and of their projects (`''` is none). */
export interface ScopeTable {
  num: number;
  owner: string;
  project: string | null;
}

/** The tables of this package that both databases have. */
export interface ContextTables {
  context_conversations: ConversationTable;
  context_messages: MessageTable;
  context_counts: CountTable;
  context_blocks: BlockTable;
  context_windows: WindowTable;
  context_summaries: SummaryTable;
  context_memories: MemoryTable;
  context_links: LinkTable;
  context_vectors: VectorTable;
  context_jobs: JobTable;
  context_learned: LearnedTable;
  context_forgotten: ForgottenTable;
  context_processes: ProcessTable;
  context_scopes: ScopeTable;
}
