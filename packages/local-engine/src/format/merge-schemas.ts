import type { JsonObject } from '../runner/protocol.js';
import { asNumber, asSchemaMap, asSchemas, isSame, type JsonSchema, SchemaError, typesOf } from './json-schema.js';

const upper = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const lower = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const mostPairs = 256;
const mostComparisons = 4_000_000;

/**
 * One schema for what fits both, as far as a grammar needs to know: other keywords of `other` get lost where both have them.
 * Neither has `$ref` or `allOf` at its top; subschemas that both have stand in an `allOf`.
 *
 * @returns `false` where nothing fits both
 */
export function mergeSchemas(one: JsonSchema, other: JsonSchema): JsonSchema {
  if (one === true) return other;
  if (other === true) return one;
  if (one === false || other === false) return false;
  const types = mergeTypes(typesOf(one), typesOf(other));
  const values = mergeValues(valuesOf(one), valuesOf(other));
  if (types?.length === 0 || values?.length === 0) return false;
  const { const: _one, ...rest } = { ...other, ...one };
  return {
    ...rest,
    ...(types && { type: types }),
    ...(values && { enum: values }),
    ...boundsOf(one, other),
    ...mergeProperties(one, other),
    ...mergeItems(one, other),
    ...mergeAlternatives('anyOf', one, other),
    ...mergeAlternatives('oneOf', one, other),
  };
}

function mergeTypes(one: string[] | null, other: string[] | null): string[] | null {
  if (!one || !other) return one ?? other;
  const shared = one.flatMap((type) => {
    if (other.includes(type)) return [type];
    if (type === 'integer' && other.includes('number')) return ['integer'];
    return type === 'number' && other.includes('integer') ? ['integer'] : [];
  });
  return [...new Set(shared)];
}

/** The values of `enum` or `const`. */
export function valuesOf(schema: JsonObject): unknown[] | null {
  const values = Array.isArray(schema.enum) ? (schema.enum as unknown[]) : null;
  if (!Object.hasOwn(schema, 'const')) return values;
  return mergeValues(values, [schema.const]);
}

function mergeValues(one: unknown[] | null, other: unknown[] | null): unknown[] | null {
  if (!one || !other) return one ?? other;
  if (one.length * other.length > mostComparisons) throw new SchemaError('enum has too many values');
  return one.filter((value) => other.some((each) => isSame(value, each)));
}

function boundsOf(one: JsonObject, other: JsonObject): JsonObject {
  const bounds: Record<string, number> = {};
  const take = (keywords: string[], choose: (...numbers: number[]) => number) => {
    for (const keyword of keywords) {
      const numbers = [asNumber(one[keyword]), asNumber(other[keyword])].filter((each) => each !== null);
      if (numbers.length > 0) bounds[keyword] = choose(...numbers);
    }
  };
  take(upper, Math.min);
  take(lower, Math.max);
  return bounds;
}

const both = (one: unknown, other: unknown): unknown =>
  one === undefined ? other : other === undefined ? one : { allOf: [one, other] };

function mergeProperties(one: JsonObject, other: JsonObject): JsonObject {
  const ours = asSchemaMap(one.properties, 'properties');
  const theirs = asSchemaMap(other.properties, 'properties');
  const properties = new Map<string, unknown>();
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    // A property that one does not know is one of its additional ones.
    const [mine, yours] = [ours.get(name) ?? one.additionalProperties, theirs.get(name) ?? other.additionalProperties];
    properties.set(name, both(mine, yours) ?? true);
  }
  const required = [one.required, other.required].flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
  const additional = both(one.additionalProperties, other.additionalProperties);
  return {
    ...(properties.size > 0 && { properties: Object.fromEntries(properties) }),
    ...(required.length > 0 && { required: [...new Set(required)] }),
    ...(additional !== undefined && { additionalProperties: additional }),
  };
}

function mergeItems(one: JsonObject, other: JsonObject): JsonObject {
  const ours = asSchemas(one.prefixItems, 'prefixItems');
  const theirs = asSchemas(other.prefixItems, 'prefixItems');
  const items = both(one.items, other.items);
  const prefix = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, index) =>
    both(ours[index] ?? one.items, theirs[index] ?? other.items),
  );
  return { ...(prefix.length > 0 && { prefixItems: prefix }), ...(items !== undefined && { items }) };
}

function mergeAlternatives(keyword: 'anyOf' | 'oneOf', one: JsonObject, other: JsonObject): JsonObject {
  if (one[keyword] === undefined || other[keyword] === undefined) return {};
  const [ours, theirs] = [asSchemas(one[keyword], keyword), asSchemas(other[keyword], keyword)];
  if (ours.length * theirs.length > mostPairs) throw new SchemaError(`${keyword} has too many combinations`);
  return { [keyword]: ours.flatMap((each) => theirs.map((another) => ({ allOf: [each, another] }))) };
}
