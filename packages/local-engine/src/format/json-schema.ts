import type { JsonObject } from '../runner/protocol.js';

/** A JSON schema: an object, or whether anything fits. */
export type JsonSchema = JsonObject | boolean;

/** A schema that no grammar can be made of; the message says where and why. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/** Whether a value is an object and no list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A subschema. @throws SchemaError where it is none */
export function asSchema(value: unknown, at: string): JsonSchema {
  if (typeof value === 'boolean' || isObject(value)) return value;
  throw new SchemaError(`${at} is no schema`);
}

/** A list of subschemas; a missing one is empty. @throws SchemaError where it is none */
export function asSchemas(value: unknown, at: string): JsonSchema[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new SchemaError(`${at} is no list of schemas`);
  return value.map((each, index) => asSchema(each, `${at}/${index}`));
}

/** Subschemas by name; a missing object is empty. @throws SchemaError where it is none */
export function asSchemaMap(value: unknown, at: string): Map<string, JsonSchema> {
  if (value === undefined) return new Map();
  if (!isObject(value)) throw new SchemaError(`${at} is no object of schemas`);
  return new Map(Object.entries(value).map(([name, each]) => [name, asSchema(each, `${at}/${name}`)]));
}

/** A number that a keyword states, `null` where it states none. */
export function asNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The types that a schema names, `null` where it names none. */
export function typesOf(schema: JsonObject): string[] | null {
  if (schema.type === undefined) return null;
  return (Array.isArray(schema.type) ? schema.type : [schema.type]).map(String);
}

/** Whether two JSON values are the same. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) || Array.isArray(other)) {
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((each, index) => isSame(each, other[index]))
    );
  }
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]))
  );
}
