import type { TaskInput } from './backend.js';
import { cleanText } from './clean-text.js';
import { TasksError } from './errors.js';
import type { TaskSubmission } from './types.js';

const longestKind = 100;
const longestTitle = 500;
const longestKey = 256;
const longestOwner = 200;

/** Checks a submission and completes it; texts are made storable. */
export function toTaskInput(submission: TaskSubmission, key: string | undefined, id: string): TaskInput {
  const { priority = 5, deadlineAtMs = null, maxAttempts = 3 } = submission;
  checkInteger('priority', priority, 0, 9);
  checkInteger('maxAttempts', maxAttempts, 1, 100);
  if (deadlineAtMs !== null) checkInteger('deadlineAtMs', deadlineAtMs, 0, Number.MAX_SAFE_INTEGER);
  return {
    id,
    key: key === undefined ? null : checkText('key', key, longestKey),
    owner: submission.owner === undefined ? null : checkText('owner', submission.owner, longestOwner),
    kind: checkText('kind', submission.kind, longestKind),
    title: checkText('title', submission.title, longestTitle),
    payload: toJson(submission.payload),
    priority,
    deadlineAtMs,
    maxAttempts,
  };
}

function checkText(name: string, text: string, longest: number): string {
  if (typeof text === 'string' && text.length > 0 && text.length <= longest) return cleanText(text);
  throw new TasksError('invalid-task', `${name} must be a text of 1 to ${longest} characters`);
}

function checkInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new TasksError('invalid-task', `${name} must be an integer from ${least} to ${most}, not ${value}`);
}

function toJson(payload: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(payload);
  } catch (error) {
    cause = error;
  }
  if (text === undefined) throw new TasksError('invalid-task', 'payload must be a JSON value', { cause });
  return text;
}
