import type { Generated, Selectable } from 'kysely';

/** Kinds of blocks, as stored. */
export const kinds = { delta: 0, base: 2 } as const;

/** Version of the stored format that this code writes, and the newest that it reads. */
export const format = 1;

/** A thread and where it stands. */
export interface ThreadTable {
  id: string;
  head: number;
  head_hash: Uint8Array;
  parent: Generated<string | null>;
  parent_step: Generated<number | null>;
  format: number;
  schema_name: Generated<string | null>;
  schema_version: Generated<number | null>;
  raw_bytes_since_base: number;
  state_bytes: number;
  updated_at: number;
  expires_at: Generated<number | null>;
}

/** One or more steps of a thread. */
export interface BlockTable {
  thread: string;
  first_step: number;
  steps: number;
  kind: number;
  codec: number;
  raw_bytes: number;
  body: Uint8Array;
  state_hash: Uint8Array | null;
  prev_hash: Uint8Array;
  hash: Uint8Array;
}

/** A name of a step. */
export interface LabelTable {
  thread: string;
  step: number;
  name: string;
}

/** The tables of this package. */
export interface CheckpointTables {
  ckpt_thread: ThreadTable;
  ckpt_block: BlockTable;
  ckpt_label: LabelTable;
}

/** A thread as it is read. */
export type ThreadRow = Selectable<ThreadTable>;
