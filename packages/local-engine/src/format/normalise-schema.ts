import type { JsonObject } from '../runner/protocol.js';
import { asSchemas, isObject, type JsonSchema, SchemaError, typesOf } from './json-schema.js';
import { mergeSchemas, valuesOf } from './merge-schemas.js';
import { pruneEndless } from './prune-endless.js';
import { resolveReference } from './references.js';
import { anything, type MakeRule, type Rule, refuseControls } from './rule.js';
import { typeRule } from './type-rules.js';
import { validate } from './validate.js';

const deepest = 64;
/** Definitions that lead one into the other. */
const longestChain = 200;
const mostRules = 4_000;
/** Keys that are looked at to merge schemas: a few lines of references to references stand for billions of them. */
const mostMergedKeys = 100_000;
const mostValues = 2_000;

/** What is left out. */
export interface NormaliseOptions {
  /**
   * Whether values of `enum` and `const` that break the schema's other keywords are taken out. That runs the regular expressions of
   * `pattern`, which may take for ever: never where others wait. @defaultValue true
   */
  readonly checksValues?: boolean;
}

/**
 * A schema that node-llama-cpp makes a true grammar of. Its builder takes other words than JSON schema's for `null`, for the empty
 * text or for anything, without a word: `anyOf`, `allOf`, `{}`, lists of types, unknown formats, other references.
 *
 * What the answer may be is at most what `schema` allows, except for keywords that no grammar holds: see `unenforcedKeywords`.
 *
 * @throws SchemaError where the schema refers to other documents, is too large, or allows nothing
 */
export function normaliseSchema(schema: JsonSchema, { checksValues = true }: NormaliseOptions = {}): JsonObject {
  const definitions = new Map<string, { readonly name: string; rule: Rule }>();
  let rules = 0;
  let mergedKeys = 0;
  let chain = 0;

  const merge = (one: JsonSchema, other: JsonSchema): JsonSchema => {
    mergedKeys += 1 + keysOf(one) + keysOf(other);
    if (mergedKeys > mostMergedKeys) throw new SchemaError('the schema is too large');
    return mergeSchemas(one, other);
  };

  const define = (reference: string): Rule => {
    const known = definitions.get(reference);
    if (known) return { $ref: `#/$defs/${known.name}` };
    const definition = { name: `d${definitions.size}`, rule: null as Rule };
    definitions.set(reference, definition);
    if (++chain > longestChain) throw new SchemaError('the definitions of the schema are too deep');
    definition.rule = make(resolveReference(schema, reference), 0);
    chain--;
    return definition.rule && { $ref: `#/$defs/${definition.name}` };
  };

  /** Without `$ref` and `allOf` at the top. */
  const flatten = (part: JsonSchema, depth: number): JsonSchema => {
    if (typeof part === 'boolean') return part;
    if (depth > deepest) throw new SchemaError('the schema is too deep, or refers to itself');
    const { $ref: reference, allOf, ...rest } = part;
    let whole: JsonSchema = rest;
    if (reference !== undefined) whole = merge(whole, flatten(resolveReference(schema, reference), depth + 1));
    for (const each of asSchemas(allOf, 'allOf')) whole = merge(whole, flatten(each, depth + 1));
    return whole;
  };

  const make = (part: JsonSchema, depth: number): Rule => {
    if (typeof part === 'boolean') return part ? anything : null;
    if (depth > deepest) throw new SchemaError('the schema is too deep');
    if (++rules > mostRules) throw new SchemaError('the schema is too large');
    const deeper: MakeRule = (below) => make(below, depth + 1);
    const description = typeof part.description === 'string' ? { description: part.description } : {};
    if (typeof part.$ref === 'string' && isBare(part)) {
      const rule = define(part.$ref);
      return rule && { ...rule, ...description };
    }
    if (part.$ref !== undefined || part.allOf !== undefined) return make(flatten(part, 0), depth + 1);
    const values = valuesOf(part);
    if (values && values.length > mostValues) throw new SchemaError('enum has too many values');
    if (values) {
      return valueRule(values.filter((value) => !checksValues || validate(part, value, schema).length === 0));
    }
    for (const keyword of ['anyOf', 'oneOf'] as const) {
      if (part[keyword] === undefined) continue;
      const { [keyword]: alternatives, ...rest } = part;
      const isPlain = !Object.keys(rest).some((key) => meaningful.has(key));
      const made = asSchemas(alternatives, keyword).map((each) =>
        deeper(isPlain ? each : merge(flatten(each, 0), rest)),
      );
      return union(made, description);
    }
    const types = typesOf(part) ?? inferTypes(part);
    return types
      ? union(
          types.map((type) => typeRule(type, part, deeper)),
          description,
        )
      : anything;
  };

  const rule = make(schema, 0);
  if (!rule) throw new SchemaError('nothing fits the schema');
  const $defs: Record<string, JsonObject> = {};
  for (const { name, rule: defined } of definitions.values()) {
    if (!defined) throw new SchemaError('nothing fits a definition of the schema');
    $defs[name] = defined;
  }
  const endless = pruneEndless({ ...$defs, root: rule });
  if (endless.length > 0) throw new SchemaError('what fits the schema has no end: it must have itself as a part');
  return definitions.size > 0 ? { ...rule, $defs } : rule;
}

const hints: readonly (readonly [type: string, keywords: readonly string[]])[] = [
  ['object', ['properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties', 'maxProperties']],
  ['array', ['items', 'prefixItems', 'minItems', 'maxItems', 'contains', 'uniqueItems']],
  ['string', ['minLength', 'maxLength', 'pattern', 'format']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
];
const meaningful = new Set([
  'type',
  'enum',
  'const',
  'anyOf',
  'oneOf',
  'allOf',
  '$ref',
  ...hints.flatMap(([, keys]) => keys),
]);

/** Without `type` a keyword holds for values of its own type alone; they are what is meant. */
function inferTypes(schema: JsonObject): string[] | null {
  const types = hints.filter(([, keywords]) => keywords.some((keyword) => schema[keyword] !== undefined));
  return types.length > 0 ? types.map(([type]) => type) : null;
}

/** What it costs to merge a schema. */
function keysOf(schema: JsonSchema): number {
  if (typeof schema === 'boolean') return 0;
  const { properties, enum: values } = schema;
  return (
    Object.keys(schema).length +
    (isObject(properties) ? Object.keys(properties).length : 0) +
    (Array.isArray(values) ? values.length : 0)
  );
}

/** Whether nothing but notes stands beside the reference. */
function isBare(schema: JsonObject): boolean {
  return !Object.keys(schema).some((key) => key !== '$ref' && meaningful.has(key));
}

function union(rules: readonly Rule[], description: JsonObject): Rule {
  const possible = rules
    .filter((rule) => rule !== null)
    .flatMap((rule) => (Array.isArray(rule.oneOf) ? (rule.oneOf as JsonObject[]) : [rule]));
  const distinct = [...new Map(possible.map((rule) => [JSON.stringify(rule), rule])).values()];
  if (distinct.length === 0) return null;
  return { ...(distinct.length === 1 ? distinct[0] : { oneOf: distinct }), ...description };
}

/** One of several values; an object or a list is spelled out. */
function valueRule(values: readonly unknown[]): Rule {
  const plain = values.filter((value) => typeof value !== 'object' || value === null);
  for (const value of plain) refuseControls(value);
  const spelled = values
    .filter((value) => typeof value === 'object' && value !== null)
    .map((value): JsonObject => {
      if (Array.isArray(value)) {
        const prefixItems = value.map((each) => valueRule([each]));
        return { type: 'array', prefixItems, maxItems: prefixItems.length };
      }
      const entries = Object.entries(value as object).map(([name, each]) => [name, valueRule([each])]);
      return { type: 'object', properties: Object.fromEntries(entries), additionalProperties: false };
    });
  return union([...(plain.length > 0 ? [{ enum: plain }] : []), ...spelled], {});
}
