import type { $ZodType } from 'zod/v4/core';
import { variableName } from '../variable-name.js';
import { metaOf, nodeOf } from './schema-node.js';

/** A key that holds a value: a leaf, or a record as a whole. */
export interface SchemaKey {
  readonly path: readonly string[];
  /** Its environment variable. */
  readonly variable: string;
  readonly isText: boolean;
}

/** The keys that a schema names, in its order. A schema that contains itself is followed once. */
export function listKeys(schema: $ZodType, name: string): SchemaKey[] {
  const keys: SchemaKey[] = [];
  visit(schema, [], []);
  return keys;

  function visit(current: $ZodType, path: readonly string[], above: readonly unknown[]): void {
    const node = nodeOf(current);
    if (node.kind === 'object') {
      if (above.includes(node.fields)) return;
      for (const [key, field] of Object.entries(node.fields)) visit(field, [...path, key], [...above, node.fields]);
      return;
    }
    const variable = metaOf(current).env ?? variableName(name, ...path);
    keys.push({ path, variable, isText: node.kind === 'leaf' && node.isText });
  }
}
