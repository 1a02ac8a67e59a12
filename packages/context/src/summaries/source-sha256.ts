import { createHash } from 'node:crypto';
import type { MessageRow } from '../store/contract.js';

/** Hash of the messages that a summary stands for; another one means that the summary is stale. Messages of the system do not count. */
export function sourceSha256(messages: readonly Pick<MessageRow, 'id' | 'role' | 'text'>[]): string {
  const hash = createHash('sha256');
  for (const { id, role, text } of messages) {
    if (role !== 'system') hash.update(JSON.stringify([id, role, text])).update('\n');
  }
  return hash.digest('hex');
}
