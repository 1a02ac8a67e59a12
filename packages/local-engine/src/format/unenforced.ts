import type { JsonObject } from '../runner/protocol.js';
import { areApart } from './alternatives.js';
import { asNumber, isObject, type JsonSchema, typesOf } from './json-schema.js';
import { mostRepetitions } from './rule.js';

const never = [
  ...['pattern', 'multipleOf', 'uniqueItems', 'contains', 'not', 'if', 'propertyNames', 'patternProperties'],
  ...['dependentRequired', 'dependentSchemas', 'dependencies'],
];
const ranges = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];
const sizes = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'];
const single = ['items', 'additionalItems', 'additionalProperties', 'contains'];
const lists = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'];
const maps = ['properties', '$defs', 'definitions'];
/** Integers are written with 15 digits at most. */
const largestInteger = 999_999_999_999_999;

/** Keywords of a schema that its grammar does not hold, each once: an answer has to be checked for them. */
export function unenforcedKeywords(schema: JsonSchema): string[] {
  const found = new Set<string>();
  const walk = (part: unknown): void => {
    if (!isObject(part)) return;
    if (Array.isArray(part.oneOf) && !areApart(part.oneOf, schema)) found.add('oneOf');
    if (!Array.isArray(part.enum) && !Object.hasOwn(part, 'const')) for (const key of ownKeywords(part)) found.add(key);
    for (const key of single) walk(part[key]);
    for (const key of lists) if (Array.isArray(part[key])) for (const each of part[key]) walk(each);
    for (const key of maps) if (isObject(part[key])) for (const each of Object.values(part[key])) walk(each);
  };
  walk(schema);
  return [...found].sort();
}

function ownKeywords(schema: JsonObject): string[] {
  const isBare = typesOf(schema)?.every((type) => type === 'integer') ?? false;
  return [
    ...never.filter((key) => schema[key] !== undefined && schema[key] !== false),
    ...ranges.filter((key) => {
      const bound = asNumber(schema[key]);
      return bound !== null && !(isBare && isHeld(schema, key, bound));
    }),
    ...sizes.filter((key) => {
      const bound = asNumber(schema[key]);
      return bound !== null && (bound > mostRepetitions || (key.endsWith('Length') && schema.format !== undefined));
    }),
  ];
}

/** Whether an integer's bound is beyond what is written, or its values are few and spelled out. */
function isHeld(schema: JsonObject, key: string, bound: number): boolean {
  if (key.endsWith('inimum') ? bound < -largestInteger : bound > largestInteger) return true;
  const low = asNumber(schema.minimum) ?? asNumber(schema.exclusiveMinimum);
  const high = asNumber(schema.maximum) ?? asNumber(schema.exclusiveMaximum);
  return low !== null && high !== null && high - low < 250;
}
