import { chainStart, hashBlock, hashState } from './codec/block-hash.js';
import { codecs, compress, serializeStep } from './codec/step-body.js';
import { copyValue } from './delta/copy-value.js';
import { diffStates } from './delta/diff.js';
import { applyMeasured, type EffectiveLimits, tooLarge } from './delta/measure.js';
import { valueBytes } from './delta/value-bytes.js';
import { CheckpointError } from './errors.js';
import { emptyState } from './store/replay.js';
import { type BlockTable, kinds } from './store/schema.js';
import type { Change, JsonValue, Operation } from './types.js';

/** Where a thread stands: what the next step is built on. */
export interface ThreadHead {
  /** 0 before the first step. */
  readonly step: number;
  readonly hash: Uint8Array;
  readonly state: JsonValue;
  readonly meta: JsonValue;
  readonly stateBytes: number;
  readonly rawBytesSinceBase: number;
  /** Step of the state: `step`, or an earlier one (0: none) where the last one is damaged. */
  readonly stateStep: number;
}

/** A step that is ready to be written. */
export interface PreparedStep {
  readonly block: BlockTable;
  /** The thread once it is written. */
  readonly head: ThreadHead;
}

/** Before the first step. */
export const threadStart: ThreadHead = {
  step: 0,
  hash: chainStart,
  state: emptyState,
  meta: null,
  stateBytes: 2,
  rawBytesSinceBase: 0,
  stateStep: 0,
};

/** Applies a change and makes the row of the step. Nothing is written yet. */
export async function prepareStep(
  threadId: string,
  before: ThreadHead,
  change: Change,
  meta: JsonValue,
  atMs: number,
  limits: EffectiveLimits,
): Promise<PreparedStep> {
  const { state, stateBytes, operations } = applyMeasured(before, operationsOf(before.state, change), limits);
  const step = before.step + 1;
  // On a damaged thread a difference would refer to what cannot be read.
  const isBase = before.stateStep !== before.step;
  const stored: readonly Operation[] = isBase ? [['=', [], state]] : operations;
  const raw = serializeStep({ step, atMs, meta, operations: stored });
  if (raw.length > limits.stepBytes) throw tooLarge(largest(stored)[1], 'step', limits.stepBytes);
  const body = await compress(raw);
  const hashed = {
    thread: threadId,
    first_step: step,
    steps: 1,
    kind: isBase ? kinds.base : kinds.delta,
    codec: codecs.deflate,
    body,
    prev_hash: before.hash,
  };
  const hash = hashBlock(hashed);
  const stateHash = isBase ? hashState(state) : null;
  const rawBytesSinceBase = isBase ? 0 : before.rawBytesSinceBase + raw.length;
  return {
    block: { ...hashed, raw_bytes: raw.length, state_hash: stateHash, hash },
    head: { step, hash, state, meta, stateBytes, rawBytesSinceBase, stateStep: step },
  };
}

function operationsOf(state: JsonValue, change: Change): readonly Operation[] {
  if ('state' in change) return diffStates(state, copyValue(change.state, [], state));
  if (!Array.isArray(change.ops))
    throw new CheckpointError('invalid-operation', 'A change has ops, a list, or a state.');
  return change.ops;
}

function largest(operations: readonly Operation[]): Operation {
  const size = (operation: Operation) => valueBytes(operation as unknown as JsonValue);
  return operations.reduce((a, b) => (size(b) > size(a) ? b : a), ['=', [], null]);
}
