import { createHash } from 'node:crypto';
import type { SummaryRow } from '../store/contract.js';
import { summaryPromptVersion } from './prompts.js';
import type { Segment } from './segments.js';

/** Kind of the jobs of this folder. */
export const summaryJob = 'summary';

/** Part of a conversation on a level. */
export interface Place extends Segment {
  readonly level: number;
}

/** Hash of the summaries that one of the next level is made from. */
export function hashOf(members: readonly Pick<SummaryRow, 'id' | 'text'>[]): string {
  const hash = createHash('sha256');
  for (const { id, text } of members) hash.update(JSON.stringify([id, text])).update('\n');
  return hash.digest('hex');
}

/** Key of a job: the same work has the same key, so that twice is once. */
export function jobKey(conversationId: string, { level, fromSeq, toSeq }: Place, sha256: string): string {
  return `${summaryJob}:${conversationId}:${level}-${fromSeq}-${toSeq}-${summaryPromptVersion}-${sha256.slice(0, 24)}`;
}
