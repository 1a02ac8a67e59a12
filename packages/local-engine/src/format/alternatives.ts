import { isObject, isSame, type JsonSchema, SchemaError, typesOf } from './json-schema.js';
import { valuesOf } from './merge-schemas.js';
import { resolveReference } from './references.js';

/** Pairs of schemas that are looked at: properties may lead to each other without end. */
const mostPairs = 1_000;

/**
 * Whether no value fits two of the alternatives, as far as that is easily seen: by their types, by their values, or by the values of
 * a property that both have. A grammar knows one of them, not just one.
 */
export function areApart(alternatives: readonly unknown[], root: JsonSchema): boolean {
  let pairs = 0;
  const isPairApart = (one: unknown, other: unknown): boolean =>
    ++pairs <= mostPairs && isApart(resolve(one, root), resolve(other, root), isPairApart);
  return alternatives.every((one, index) => alternatives.slice(index + 1).every((other) => isPairApart(one, other)));
}

function resolve(schema: unknown, root: JsonSchema): unknown {
  if (!isObject(schema) || schema.$ref === undefined) return schema;
  try {
    return resolveReference(root, schema.$ref);
  } catch (error) {
    if (error instanceof SchemaError) return true;
    throw error;
  }
}

type IsPairApart = (one: unknown, other: unknown) => boolean;

function isApart(one: unknown, other: unknown, isPairApart: IsPairApart): boolean {
  if (!isObject(one) || !isObject(other)) return one === false || other === false;
  const [ours, theirs] = [valuesOf(one), valuesOf(other)];
  if (ours && theirs) return !ours.some((value) => theirs.some((each) => isSame(value, each)));
  const [types, others] = [typeNames(one, ours), typeNames(other, theirs)];
  if (types && others && !types.some((type) => others.includes(type))) return true;
  const [properties, more] = [one.properties, other.properties];
  if (!isObject(properties) || !isObject(more)) return false;
  return Object.keys(properties).some((name) => Object.hasOwn(more, name) && isPairApart(properties[name], more[name]));
}

/** Types, `integer` as the `number` that it is. */
function typeNames(schema: Parameters<typeof typesOf>[0], values: readonly unknown[] | null): string[] | null {
  const ofValue = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
  return typesOf(schema)?.map((type) => (type === 'integer' ? 'number' : type)) ?? values?.map(ofValue) ?? null;
}
