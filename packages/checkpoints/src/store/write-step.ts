import type { Kysely } from 'kysely';
import { isSameBytes } from '../codec/same-bytes.js';
import { CheckpointError } from '../errors.js';
import type { PreparedStep, ThreadHead } from '../prepare-step.js';
import type { Database, Guard } from '../types.js';
import { type CheckpointTables, format } from './schema.js';

/** What is written in one transaction. */
export interface StepWrite {
  readonly threadId: string;
  readonly before: ThreadHead;
  readonly step: PreparedStep;
  readonly atMs: number;
  readonly guard: Guard | undefined;
  readonly label: string | undefined;
}

/** Writes a step, if the guard agrees and the thread still stands where the step was built on. */
export async function writeStep(trx: Database, write: StepWrite): Promise<void> {
  const { threadId, before, step, atMs, guard, label } = write;
  if (guard && !(await guard(trx))) {
    throw new CheckpointError('lease-lost', `The lease of ${threadId} is lost; drop the work.`, { threadId });
  }
  const db: Kysely<CheckpointTables> = trx;
  const thread = await db
    .selectFrom('ckpt_thread')
    .select(['head', 'head_hash'])
    .where('id', '=', threadId)
    .executeTakeFirst();
  const isExpected = thread
    ? thread.head === before.step && isSameBytes(thread.head_hash, before.hash)
    : before.step === 0;
  if (!isExpected) {
    throw new CheckpointError('conflict', `Thread ${threadId} was changed by another handle.`, {
      threadId,
      retryable: true,
    });
  }
  const now = {
    head: step.head.step,
    head_hash: step.head.hash,
    raw_bytes_since_base: step.head.rawBytesSinceBase,
    state_bytes: step.head.stateBytes,
    updated_at: atMs,
  };
  if (thread) await db.updateTable('ckpt_thread').set(now).where('id', '=', threadId).execute();
  else
    await db
      .insertInto('ckpt_thread')
      .values({ id: threadId, format, ...now })
      .execute();
  await db.insertInto('ckpt_block').values(step.block).execute();
  if (label !== undefined) {
    await db.insertInto('ckpt_label').values({ thread: threadId, step: now.head, name: label }).execute();
  }
}

/** Takes a thread away with its steps and labels. */
export async function deleteThread(trx: Database, threadId: string): Promise<void> {
  const db: Kysely<CheckpointTables> = trx;
  await db.deleteFrom('ckpt_label').where('thread', '=', threadId).execute();
  await db.deleteFrom('ckpt_block').where('thread', '=', threadId).execute();
  await db.deleteFrom('ckpt_thread').where('id', '=', threadId).execute();
}
