import type { JsonObject } from '../runner/protocol.js';
import {
  asNumber,
  asSchema,
  asSchemaMap,
  asSchemas,
  isObject,
  isSame,
  type JsonSchema,
  typesOf,
} from './json-schema.js';
import { resolveReference } from './references.js';

/** A keyword that a value breaks. */
export interface Violation {
  readonly keyword: string;
  /** JSON pointer to the value, empty = the whole. */ readonly path: string;
  /** For the model, and for people. */ readonly message: string;
}

const mostViolations = 20;
const deepest = 256;
/** Schemas that are tried on a value or a part of it: references to references may stand for billions of them. */
const mostChecks = 100_000;

/**
 * Checks a JSON value against a schema of draft 2020-12 or draft 7. `format` is a note and is not checked, as both drafts have it;
 * `unevaluatedProperties`, `unevaluatedItems` and references to other documents are not checked either.
 *
 * @param root the document that references lead into
 */
export function validate(schema: JsonSchema, value: unknown, root: JsonSchema = schema): Violation[] {
  const found: Violation[] = [];
  check(schema, value, '', 0, { root, found, effort: { checks: 0 } });
  return found;
}

interface Run {
  readonly root: JsonSchema;
  readonly found: Violation[];
  readonly effort: { checks: number };
}

type Report = (keyword: string, message: string) => void;

function check(schema: JsonSchema, value: unknown, path: string, depth: number, run: Run): void {
  if (schema === true || run.found.length >= mostViolations) return;
  const report: Report = (keyword, message) => run.found.push({ keyword, path, message });
  if (schema === false) {
    report('false', 'must not be there');
    return;
  }
  if (depth > deepest || ++run.effort.checks > mostChecks) {
    report('$ref', 'refers to itself for ever, or has too many alternatives to be checked');
    return;
  }
  const below = (part: unknown, each: unknown, key: string | number | null) =>
    check(asSchema(part, 'a subschema'), each, key === null ? path : `${path}/${key}`, depth + 1, run);
  const fits = (part: unknown, each: unknown) => {
    const found: Violation[] = [];
    check(asSchema(part, 'a subschema'), each, path, depth + 1, { ...run, found });
    return found.length === 0;
  };
  if (schema.$ref !== undefined) below(resolveReference(run.root, schema.$ref), value, null);
  checkValue(schema, value, report);
  checkCombinations(schema, value, { report, below, fits });
  if (typeof value === 'string') checkString(schema, value, report);
  else if (typeof value === 'number') checkNumber(schema, value, report);
  else if (Array.isArray(value)) checkArray(schema, value, { report, below, fits });
  else if (isObject(value)) checkObject(schema, value, { report, below, fits });
}

interface Tools {
  readonly report: Report;
  readonly below: (part: unknown, value: unknown, key: string | number | null) => void;
  readonly fits: (part: unknown, value: unknown) => boolean;
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function checkValue(schema: JsonObject, value: unknown, report: Report): void {
  const types = typesOf(schema);
  if (types && !types.some((type) => isOfType(type, value))) report('type', `must be ${types.join(' or ')}`);
  if (Array.isArray(schema.enum) && !schema.enum.some((each) => isSame(each, value)))
    report('enum', `must be one of ${JSON.stringify(schema.enum)}`);
  if (Object.hasOwn(schema, 'const') && !isSame(schema.const, value))
    report('const', `must be ${JSON.stringify(schema.const)}`);
}

function checkCombinations(schema: JsonObject, value: unknown, { report, below, fits }: Tools): void {
  for (const each of asSchemas(schema.allOf, 'allOf')) below(each, value, null);
  const some = asSchemas(schema.anyOf, 'anyOf');
  if (schema.anyOf !== undefined && !some.some((each) => fits(each, value))) report('anyOf', 'fits no alternative');
  const one = asSchemas(schema.oneOf, 'oneOf').filter((each) => fits(each, value)).length;
  if (schema.oneOf !== undefined && one !== 1) report('oneOf', `fits ${one} alternatives, must fit one`);
  if (schema.not !== undefined && fits(schema.not, value)) report('not', 'must not be like this');
  if (schema.if !== undefined) {
    const branch = fits(schema.if, value) ? 'then' : 'else';
    if (schema[branch] !== undefined && !fits(schema[branch], value)) report('if', `does not fit "${branch}"`);
  }
}

function checkString(schema: JsonObject, value: string, report: Report): void {
  const length = [...value].length;
  checkRange(schema, length, ['minLength', 'maxLength'], 'characters', report);
  const { pattern } = schema;
  if (typeof pattern === 'string' && compile(pattern)?.test(value) === false)
    report('pattern', `must match the pattern ${pattern}`);
}

/** `null` where it is no pattern of JavaScript. */
function compile(pattern: string): RegExp | null {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags);
    } catch {
      // the other flags may do
    }
  }
  return null;
}

function checkNumber(schema: JsonObject, value: number, report: Report): void {
  checkRange(schema, value, ['minimum', 'maximum'], '', report);
  const [above, below] = [asNumber(schema.exclusiveMinimum), asNumber(schema.exclusiveMaximum)];
  if (above !== null && !(value > above)) report('exclusiveMinimum', `must be more than ${above}`);
  if (below !== null && !(value < below)) report('exclusiveMaximum', `must be less than ${below}`);
  const step = asNumber(schema.multipleOf);
  if (step === null || step <= 0) return;
  const steps = value / step;
  if (Math.abs(steps - Math.round(steps)) > 1e-9 * Math.max(1, Math.abs(steps)))
    report('multipleOf', `must be a multiple of ${step}`);
}

function checkRange(
  schema: JsonObject,
  size: number,
  [min, max]: [string, string],
  what: string,
  report: Report,
): void {
  const [least, most] = [asNumber(schema[min]), asNumber(schema[max])];
  if (least !== null && size < least) report(min, `must be at least ${least} ${what}`.trimEnd());
  if (most !== null && size > most) report(max, `must be at most ${most} ${what}`.trimEnd());
}

function checkArray(schema: JsonObject, value: readonly unknown[], { report, below, fits }: Tools): void {
  checkRange(schema, value.length, ['minItems', 'maxItems'], 'items', report);
  const isTuple = Array.isArray(schema.items);
  const prefix = asSchemas(isTuple ? schema.items : schema.prefixItems, 'prefixItems');
  const rest = (isTuple ? schema.additionalItems : schema.items) ?? true;
  for (const [index, each] of value.entries()) below(prefix[index] ?? rest, each, index);
  if (schema.uniqueItems === true && value.some((each, at) => value.slice(at + 1).some((other) => isSame(each, other))))
    report('uniqueItems', 'must not have two equal items');
  if (schema.contains === undefined) return;
  const count = value.filter((each) => fits(schema.contains, each)).length;
  if (count < (asNumber(schema.minContains) ?? 1) || count > (asNumber(schema.maxContains) ?? Infinity))
    report('contains', `has ${count} of the items that it must contain`);
}

function checkObject(schema: JsonObject, value: JsonObject, { report, below, fits }: Tools): void {
  const names = Object.keys(value);
  checkRange(schema, names.length, ['minProperties', 'maxProperties'], 'properties', report);
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  for (const name of required) if (!Object.hasOwn(value, name)) report('required', `must have the property ${name}`);
  const properties = asSchemaMap(schema.properties, 'properties');
  const patterns = [...asSchemaMap(schema.patternProperties, 'patternProperties')].map(
    ([pattern, part]) => [compile(pattern), part] as const,
  );
  for (const name of names) {
    const known = properties.get(name);
    if (known !== undefined) below(known, value[name], name);
    const matching = patterns.filter(([pattern]) => pattern?.test(name));
    for (const [, part] of matching) if (!fits(part, value[name])) report('patternProperties', `${name} does not fit`);
    const isAdditional = known === undefined && matching.length === 0;
    if (isAdditional && schema.additionalProperties === false) report('additionalProperties', `must not have ${name}`);
    else if (isAdditional && schema.additionalProperties !== undefined)
      below(schema.additionalProperties, value[name], name);
    if (schema.propertyNames !== undefined && !fits(schema.propertyNames, name))
      report('propertyNames', `must not have a property named ${name}`);
  }
  checkDependencies(schema, value, { report, fits });
}

function checkDependencies(
  schema: JsonObject,
  value: JsonObject,
  { report, fits }: Pick<Tools, 'report' | 'fits'>,
): void {
  const entries = ['dependentRequired', 'dependentSchemas', 'dependencies'].flatMap((keyword) =>
    isObject(schema[keyword]) ? Object.entries(schema[keyword]).map((entry) => [keyword, ...entry] as const) : [],
  );
  for (const [keyword, name, needed] of entries) {
    if (!Object.hasOwn(value, name)) continue;
    const isMet = Array.isArray(needed)
      ? needed.every((other) => Object.hasOwn(value, String(other)))
      : fits(needed, value);
    if (!isMet) report(keyword, `has ${name}, and not what that needs`);
  }
}
