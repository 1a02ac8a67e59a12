import type { EventEmitter } from 'node:events';
import type { Kysely } from 'kysely';
import { isSameBytes } from './codec/same-bytes.js';
import { copyValue } from './delta/copy-value.js';
import type { EffectiveLimits } from './delta/measure.js';
import { valueBytes } from './delta/value-bytes.js';
import { CheckpointError } from './errors.js';
import { prepareStep, type ThreadHead, threadStart } from './prepare-step.js';
import { listSteps, readHead, readState, verifyThread } from './store/read-thread.js';
import { emptyState, type Replayed } from './store/replay.js';
import type { CheckpointTables, ThreadRow } from './store/schema.js';
import { asStorageError } from './store/storage-error.js';
import { deleteThread, writeStep } from './store/write-step.js';
import type {
  Appended,
  AppendOptions,
  Change,
  Checkpoint,
  CheckpointEvents,
  Clock,
  Damage,
  Thread,
  Writer,
} from './types.js';

/** What all threads of a store share. */
export interface ThreadContext {
  readonly db: Kysely<CheckpointTables>;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly limits: EffectiveLimits;
  readonly events: EventEmitter<CheckpointEvents>;
}

/** A handle on a thread. All its calls run one after the other. */
export function openThread(id: string, { db, writer, clock, limits, events }: ThreadContext): Thread {
  let known: ThreadHead | null = null;
  let last: Promise<unknown> = Promise.resolve();

  function inOrder<Result>(run: () => Promise<Result>): Promise<Result> {
    const result = last.then(run).catch((error: unknown) => {
      throw asStorageError(error, id);
    });
    last = result.catch(() => {});
    return result;
  }

  async function readLast(row: ThreadRow, step: number): Promise<Replayed | null> {
    const { last: replayed, damage } = await readState(db, row, step);
    if (damage) report(damage, replayed?.step ?? 0);
    return replayed;
  }

  function report(damage: Damage, lastGoodStep: number): void {
    events.emit('thread-damaged', { threadId: id, ...damage, lastGoodStep });
  }

  /** Where the thread stands; what this handle knows of it is kept while it is true. */
  async function standsAt(row: ThreadRow): Promise<ThreadHead> {
    if (known && known.step === row.head && isSameBytes(known.hash, row.head_hash)) return known;
    const replayed = await readLast(row, row.head);
    const { step: stateStep, state, meta } = replayed ?? { step: 0, state: emptyState, meta: null };
    return {
      step: row.head,
      hash: row.head_hash,
      state,
      meta,
      stateBytes: stateStep === row.head ? row.state_bytes : valueBytes(state),
      rawBytesSinceBase: row.raw_bytes_since_base,
      stateStep,
    };
  }

  async function append(change: Change, options: AppendOptions): Promise<Appended> {
    const { guard, label, meta = null, signal } = options;
    signal?.throwIfAborted();
    if (label === '')
      throw new CheckpointError('invalid-value', 'A label has at least one character.', { threadId: id });
    const kept = copyValue(meta, ['meta']);
    const before = known ?? (await readBefore());
    const atMs = clock.now();
    const step = await prepareStep(id, before, change, kept, atMs, limits);
    signal?.throwIfAborted();
    known = null; // until it is known to be written
    await writer.submit((trx) => writeStep(trx, { threadId: id, before, step, atMs, guard, label }));
    known = step.head;
    return { step: step.head.step, hash: Buffer.from(step.head.hash).toString('hex') };
  }

  async function readBefore(): Promise<ThreadHead> {
    const row = await readHead(db, id);
    return row ? standsAt(row) : threadStart;
  }

  async function load(step: number | undefined): Promise<Checkpoint | null> {
    const row = await readHead(db, id);
    if (!row) return null;
    const wanted = step ?? row.head;
    if (!Number.isSafeInteger(wanted) || wanted < 1 || wanted > row.head) return null;
    if (wanted < row.head) return readLast(row, wanted);
    known = await standsAt(row);
    return known.stateStep === 0 ? null : { step: known.stateStep, state: known.state, meta: known.meta };
  }

  return {
    id,
    append: (change, options = {}) => inOrder(() => append(change, options)),
    load: (step) => inOrder(() => load(step)),
    steps: (options = {}) =>
      inOrder(async () => {
        const row = await readHead(db, id);
        return row ? listSteps(db, row, options) : [];
      }),
    verify: () =>
      inOrder(async () => {
        const row = await readHead(db, id);
        return row ? verifyThread(db, row) : { threadId: id, head: 0, damaged: [], lastGoodStep: 0 };
      }),
    delete: () =>
      inOrder(async () => {
        known = null;
        await writer.submit((trx) => deleteThread(trx, id));
      }),
  };
}
