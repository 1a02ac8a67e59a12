import { asSchema, isObject, type JsonSchema, SchemaError } from './json-schema.js';

/**
 * The schema that a reference of the same document stands for: `#`, `#/$defs/name` or any other JSON pointer.
 *
 * @throws SchemaError for references to other documents and for those that lead nowhere
 */
export function resolveReference(root: JsonSchema, reference: unknown): JsonSchema {
  if (typeof reference !== 'string' || !reference.startsWith('#')) {
    throw new SchemaError(`$ref ${JSON.stringify(reference)} is not in this schema`);
  }
  const pointer = decodePointer(reference.slice(1));
  if (pointer === '') return root;
  if (!pointer.startsWith('/')) throw new SchemaError(`$ref ${JSON.stringify(reference)} is no JSON pointer`);
  let found: unknown = root;
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const isThere = (isObject(found) || Array.isArray(found)) && Object.hasOwn(found, key);
    if (!isThere) throw new SchemaError(`$ref ${JSON.stringify(reference)} leads nowhere`);
    found = (found as Record<string, unknown>)[key];
  }
  return asSchema(found, reference);
}

function decodePointer(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
