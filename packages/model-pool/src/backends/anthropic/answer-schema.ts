import type { JsonObject, JsonValue } from '../../types.js';

/** Keywords that the API takes as they are. */
const kept = new Set(['type', 'enum', 'const', 'required', '$ref', 'title']);
/** Keywords that hold one schema per name. */
const named = new Set(['properties', '$defs', 'definitions']);
/** Keywords that hold a list of schemas. `oneOf` is sent as `anyOf`. */
const listed = new Set(['anyOf', 'oneOf', 'allOf']);
/** Keywords that say nothing about the answer. */
const dropped = new Set(['$schema', '$id', '$comment', 'additionalProperties', 'description']);
const formats = new Set(
  'date-time time date duration email hostname uri ipv4 ipv6 uuid'.split(' '), // the API takes these and no others
);

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function isTaken(keyword: string, value: JsonValue): boolean {
  if (keyword === 'format') return typeof value === 'string' && formats.has(value);
  return kept.has(keyword) || (keyword === 'minItems' && (value === 0 || value === 1));
}

/**
 * A schema as structured outputs take it: every object is closed, and what the API does not enforce, such as a largest
 * number, is told to the model in the description.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
export function answerSchema(schema: JsonObject): JsonObject {
  const fitted: Record<string, JsonValue> = {};
  const told: string[] = typeof schema.description === 'string' ? [schema.description] : [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (dropped.has(keyword)) continue;
    if (isTaken(keyword, value)) fitted[keyword] = value;
    else if (named.has(keyword) && isObject(value)) {
      fitted[keyword] = Object.fromEntries(
        Object.entries(value).map(([name, part]) => [name, isObject(part) ? answerSchema(part) : part]),
      );
    } else if (listed.has(keyword) && Array.isArray(value)) {
      fitted[keyword === 'oneOf' ? 'anyOf' : keyword] = value.map((part) =>
        isObject(part) ? answerSchema(part) : part,
      );
    } else if (keyword === 'items' && isObject(value)) fitted.items = answerSchema(value);
    else told.push(`${keyword}: ${JSON.stringify(value)}`);
  }
  if (schema.type === 'object' || schema.properties !== undefined) fitted.additionalProperties = false;
  if (told.length > 0) fitted.description = told.join('\n');
  return fitted;
}
