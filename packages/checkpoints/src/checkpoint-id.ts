import { CheckpointError } from './errors.js';

const threadId = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/;
const checkpointId = /^([A-Za-z0-9][A-Za-z0-9_.:-]{0,127})@([1-9]\d{0,14})$/;

/** A step of a thread. */
export interface CheckpointId {
  /** The thread; in tale the id of a task's step. */
  readonly threadId: string;
  /** Number of the step, from 1. */
  readonly step: number;
}

/** `01J…@3`: the public id of a checkpoint. */
export function formatCheckpointId(threadId: string, step: number): string {
  return `${threadId}@${step}`;
}

/** The inverse of {@link formatCheckpointId}; `null` if `text` is no such id. */
export function parseCheckpointId(text: string): CheckpointId | null {
  const match = checkpointId.exec(text);
  return match ? { threadId: match[1]!, step: Number(match[2]) } : null;
}

/** Refuses what is not a thread id: letters, digits and `_.:-`, 1 to 128 characters, a letter or digit first. */
export function checkThreadId(id: string): void {
  if (!threadId.test(id)) {
    throw new CheckpointError('invalid-id', `${JSON.stringify(id)} is not a thread id (letters, digits, "_.:-").`);
  }
}
