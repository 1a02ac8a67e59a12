import type { $ZodType } from 'zod/v4/core';
import type { KeyPath } from '../key.js';
import { nodeOf } from './schema-node.js';

/** Whether the schema has a place for a value at `path`. */
export function isKnownKey(schema: $ZodType, path: KeyPath): boolean {
  let current: $ZodType | undefined = schema;
  for (const part of path) {
    if (!current) return true; // inside a member that an open object allows
    const node = nodeOf(current);
    if (node.kind === 'leaf' || node.kind === 'list' || typeof part === 'number') return false;
    if (node.kind === 'record') {
      current = node.member;
      continue;
    }
    const field: $ZodType | undefined = Object.hasOwn(node.fields, part) ? node.fields[part] : undefined;
    if (!field && !node.isOpen) return false;
    current = field;
  }
  return true;
}
