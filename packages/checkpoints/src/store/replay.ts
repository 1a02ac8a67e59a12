import { chainStart, hashBlock, hashState } from '../codec/block-hash.js';
import { isSameBytes } from '../codec/same-bytes.js';
import { decodeStep, type StepRecord } from '../codec/step-body.js';
import { type Draft, draftOf } from '../delta/apply.js';
import { CheckpointError } from '../errors.js';
import type { Damage, DamageReason, JsonValue, Operation } from '../types.js';
import { type BlockTable, kinds } from './schema.js';

/** The state after a step that was read. */
export interface Replayed {
  readonly step: number;
  readonly state: JsonValue;
  readonly meta: JsonValue;
}

/** Rows to replay, and how they must fit. */
export interface ReplayRange {
  /** In the order of their steps. */
  readonly rows: readonly BlockTable[];
  /** First step: 1, or one that holds the whole state. */
  readonly from: number;
  /** Last step. */
  readonly to: number;
  /** Hash of the last step, where the thread knows it. */
  readonly headHash: Uint8Array | null;
}

/** The state of a thread before its first step. */
export const emptyState: JsonValue = Object.freeze(Object.create(null));

/**
 * Reads steps one after the other. Every hash is checked before anything is decompressed. After a damaged step nothing can be read
 * until one that holds the whole state.
 */
export async function replay(range: ReplayRange): Promise<{ last: Replayed | null; damaged: readonly Damage[] }> {
  const damaged: Damage[] = [];
  let last: Replayed | null = null;
  let current: Current | null = range.from === 1 ? { draft: draftOf(emptyState), step: 0, meta: null } : null;
  let expected = range.from;
  let previousHash: Uint8Array | null = range.from === 1 ? chainStart : null;

  for (const [index, row] of range.rows.entries()) {
    const step = row.first_step;
    if (step !== expected) {
      damaged.push({ step: expected, reason: 'missing' });
      last = settle(current) ?? last;
      current = null;
      previousHash = null;
    }
    const read = await readStep(row, previousHash, step === range.to ? range.headHash : null);
    expected = step + 1;
    previousHash = row.hash;
    if ('reason' in read) {
      damaged.push({ step, reason: read.reason });
      last = settle(current) ?? last;
      current = null;
      continue;
    }
    const base = row.kind === kinds.base ? { draft: draftOf(emptyState), step: 0, meta: null } : null;
    if (base) last = settle(current) ?? last;
    const target: Current | null = base ?? current;
    if (!target) continue; // what it changes is not known
    if (tryOperations(target.draft, read.operations) && (!base || isState(target, row.state_hash))) {
      current = { draft: target.draft, step, meta: read.meta };
      continue;
    }
    damaged.push({ step, reason: 'operations' });
    // The draft may have half of the step: the state before is read once more.
    if (!base) last = (await replay({ ...range, rows: range.rows.slice(0, index), to: step - 1, headHash: null })).last;
    current = null;
  }
  if (expected <= range.to) damaged.push({ step: expected, reason: 'missing' });
  return { last: settle(current) ?? last, damaged };
}

interface Current {
  readonly draft: Draft;
  readonly step: number;
  readonly meta: JsonValue;
}

function settle(current: Current | null): Replayed | null {
  if (!current || current.step === 0) return null;
  return { step: current.step, state: current.draft.finish(), meta: current.meta };
}

/** The content of a row, if its place in the chain and its hash are right. */
export async function readStep(
  row: BlockTable,
  previousHash: Uint8Array | null,
  headHash: Uint8Array | null,
): Promise<StepRecord | { readonly reason: DamageReason }> {
  if (previousHash && !isSameBytes(row.prev_hash, previousHash)) return { reason: 'chain' };
  if (!isSameBytes(row.hash, hashOf(row))) return { reason: 'hash' };
  if (headHash && !isSameBytes(row.hash, headHash)) return { reason: 'head' };
  try {
    const record = await decodeStep(row.body, row.codec, row.raw_bytes);
    return row.steps === 1 && record.step === row.first_step ? record : { reason: 'body' };
  } catch {
    return { reason: 'body' };
  }
}

function hashOf(row: BlockTable): Uint8Array | null {
  try {
    return hashBlock(row);
  } catch {
    return null; // a damaged field is no number of its size, or no text or bytes at all
  }
}

function tryOperations(draft: Draft, operations: readonly Operation[]): boolean {
  try {
    for (const operation of operations) draft.apply(operation);
    return true;
  } catch (error) {
    if (CheckpointError.isInstance(error)) return false;
    throw error;
  }
}

function isState(current: Current, hash: Uint8Array | null): boolean {
  return isSameBytes(hashState(current.draft.at([]) ?? null), hash);
}
