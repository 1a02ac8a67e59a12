import { createHash } from 'node:crypto';
import type { JsonValue } from '../types.js';

/** What stands in the chain before the first step. */
export const chainStart: Uint8Array = new Uint8Array(32);

/** The fields of a stored block that its hash covers. */
export interface HashedBlock {
  readonly prev_hash: Uint8Array;
  readonly thread: string;
  readonly first_step: number;
  readonly steps: number;
  readonly kind: number;
  readonly codec: number;
  readonly body: Uint8Array;
}

/** sha256 over the stored bytes of a block and the hash before it. Each field has a fixed size or its length in front. */
export function hashBlock(block: HashedBlock): Buffer {
  const thread = Buffer.from(block.thread, 'utf8');
  const head = Buffer.alloc(4 + 8 + 4 + 1 + 1 + 4);
  let offset = head.writeUInt32BE(thread.length, 0);
  offset = head.writeBigUInt64BE(BigInt(block.first_step), offset);
  offset = head.writeUInt32BE(block.steps, offset);
  offset = head.writeUInt8(block.kind, offset);
  offset = head.writeUInt8(block.codec, offset);
  head.writeUInt32BE(block.body.length, offset);
  return createHash('sha256').update(block.prev_hash).update(head).update(thread).update(block.body).digest();
}

/** sha256 of a state, whatever the order in which its members were written. */
export function hashState(state: JsonValue): Buffer {
  return createHash('sha256').update(canonicalJson(state)).digest();
}

function canonicalJson(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}
