import type { JsonValue } from '../../types.js';

const hasOnly = (keys: readonly string[], required: JsonValue | undefined) =>
  Array.isArray(required) && keys.every((key) => required.includes(key));

/**
 * Whether a schema may be asked for as strict: every object names all of its properties as required and allows no others.
 *
 * @see {@link https://platform.openai.com/docs/guides/structured-outputs | Supported schemas}
 */
export function isStrictSchema(schema: JsonValue | undefined): boolean {
  if (schema === null || typeof schema !== 'object') return true;
  if (Array.isArray(schema)) return schema.every(isStrictSchema);
  const { type, properties, required, additionalProperties } = schema as Readonly<Record<string, JsonValue>>;
  if (type === 'object' || properties !== undefined) {
    const keys = properties !== null && typeof properties === 'object' ? Object.keys(properties) : [];
    if (additionalProperties !== false || !hasOnly(keys, required ?? [])) return false;
    if (!Object.values(properties ?? {}).every(isStrictSchema)) return false;
  }
  const { items, anyOf, $defs, definitions } = schema as Readonly<Record<string, JsonValue>>;
  const named = [$defs, definitions].flatMap((part) => Object.values(part ?? {}) as JsonValue[]);
  return [items, anyOf, ...named].every(isStrictSchema);
}
