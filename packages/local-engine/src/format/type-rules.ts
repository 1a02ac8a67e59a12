import type { JsonObject } from '../runner/protocol.js';
import { asNumber, asSchema, asSchemaMap, asSchemas, type JsonSchema, SchemaError } from './json-schema.js';
import { type MakeRule, mostRepetitions, type Rule, refuseControls } from './rule.js';

const formats = ['date', 'time', 'date-time'];
const mostIntegers = 256;

/** The rule of one type of a schema. @throws SchemaError for a type that JSON does not have */
export function typeRule(type: string, schema: JsonObject, make: MakeRule): Rule {
  switch (type) {
    case 'object':
      return objectRule(schema, make);
    case 'array':
      return arrayRule(schema, make);
    case 'string':
      return stringRule(schema);
    case 'integer':
      return integerRule(schema);
    case 'number':
    case 'boolean':
    case 'null':
      return { type };
    default:
      throw new SchemaError(`type ${JSON.stringify(type)} is unknown`);
  }
}

/** Bounds that a grammar can hold; what is beyond is left to the check of the answer. */
function bounds(schema: JsonObject, minKey: string, maxKey: string): { min: number; max: number | null } | null {
  const min = Math.max(0, asNumber(schema[minKey]) ?? 0);
  const max = asNumber(schema[maxKey]);
  if (max !== null && (max < min || max < 0)) return null;
  return { min: Math.min(min, mostRepetitions), max: max !== null && max <= mostRepetitions ? max : null };
}

function stringRule(schema: JsonObject): Rule {
  const { format } = schema;
  if (typeof format === 'string' && formats.includes(format)) return { type: 'string', format };
  const length = bounds(schema, 'minLength', 'maxLength');
  return (
    length && {
      type: 'string',
      ...(length.min > 0 && { minLength: length.min }),
      ...(length.max !== null && { maxLength: length.max }),
    }
  );
}

/** A few integers are spelled out: a grammar has no bounds for numbers. */
function integerRule(schema: JsonObject): Rule {
  const [above, below] = [asNumber(schema.exclusiveMinimum), asNumber(schema.exclusiveMaximum)];
  const low = Math.max(
    Math.ceil(asNumber(schema.minimum) ?? -Infinity),
    above === null ? -Infinity : Math.floor(above) + 1,
  );
  const high = Math.min(
    Math.floor(asNumber(schema.maximum) ?? Infinity),
    below === null ? Infinity : Math.ceil(below) - 1,
  );
  if (high < low) return null;
  const step = asNumber(schema.multipleOf) ?? 1;
  if (high - low >= mostIntegers) return { type: 'integer' };
  const values: number[] = [];
  for (let value = low; value <= high; value++)
    if (Number.isInteger(value / step)) values.push(value === 0 ? 0 : value);
  return values.length > 0 ? { enum: values } : null;
}

function arrayRule(schema: JsonObject, make: MakeRule): Rule {
  const size = bounds(schema, 'minItems', 'maxItems');
  if (!size) return null;
  const isTuple = Array.isArray(schema.items); // the older way to write `prefixItems`
  const prefix = asSchemas(isTuple ? schema.items : schema.prefixItems, 'prefixItems');
  const rest = (isTuple ? schema.additionalItems : schema.items) ?? true;
  const prefixItems: JsonObject[] = [];
  let { max } = size;
  for (const each of prefix.slice(0, max ?? prefix.length)) {
    const rule = make(each);
    if (!rule) {
      max = prefixItems.length; // the list ends before what cannot be
      break;
    }
    prefixItems.push(rule);
  }
  const items = rest === true ? undefined : make(asSchema(rest, 'items'));
  if (items === null) max = Math.min(max ?? prefixItems.length, prefixItems.length);
  if (max !== null && max < size.min) return null;
  return {
    type: 'array',
    ...(prefixItems.length > 0 && { prefixItems }),
    ...(items && { items }),
    ...(size.min > 0 && { minItems: size.min }),
    ...(max !== null && { maxItems: max }),
  };
}

/** All properties are written, so that of two objects that fit the fuller one is made. */
function objectRule(schema: JsonObject, make: MakeRule): Rule {
  const size = bounds(schema, 'minProperties', 'maxProperties');
  if (!size) return null;
  const declared = asSchemaMap(schema.properties, 'properties');
  const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
  const additional = asSchema(schema.additionalProperties ?? true, 'additionalProperties');
  for (const name of required) if (!declared.has(name)) declared.set(name, additional);
  const properties = new Map<string, JsonObject>();
  for (const [name, each] of declared) {
    refuseControls(name);
    const rule = make(each);
    if (rule) properties.set(name, rule);
    else if (required.has(name)) return null;
  }
  for (const name of [...properties.keys()].reverse()) {
    if (size.max === null || properties.size <= size.max) break;
    if (!required.has(name)) properties.delete(name);
  }
  const hasTooMany = size.max !== null && properties.size > size.max;
  const more = additionalRule(schema.additionalProperties, properties.size, size.min, make);
  if (hasTooMany || (more === false && size.min > properties.size)) return null;
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.size > 0 && { required: [...required] }),
    additionalProperties: more,
    ...(size.min > 0 && { minProperties: size.min }),
    ...(size.max !== null && { maxProperties: size.max }),
  };
}

/** What is not said is `false` where the object has properties: a model would go on for long. */
function additionalRule(wanted: unknown, properties: number, min: number, make: MakeRule): JsonObject | boolean {
  if (wanted === undefined || wanted === true) return properties === 0 || min > properties;
  return make(asSchema(wanted, 'additionalProperties') as JsonSchema) ?? false;
}
