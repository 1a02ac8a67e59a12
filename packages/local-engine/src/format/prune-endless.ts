import type { JsonObject } from '../runner/protocol.js';
import { isObject } from './json-schema.js';

/**
 * Takes properties out that are not required and without which a rule can end: a grammar writes all properties, and an object that
 * has itself as a property has no end. Changes the rules in place.
 *
 * @param definitions by name, the rule itself among them
 * @returns names of the definitions that have no end all the same
 */
export function pruneEndless(definitions: Readonly<Record<string, JsonObject>>): string[] {
  for (;;) {
    const ending = findEnding(definitions);
    const endless = Object.keys(definitions).filter((name) => !ending.has(name));
    const isChanged = endless.map((name) => drop(definitions[name], ending)).includes(true);
    if (!isChanged) return endless;
  }
}

/** Definitions that some answer fits, all properties written. */
function findEnding(definitions: Readonly<Record<string, JsonObject>>): Set<string> {
  const ending = new Set<string>();
  for (;;) {
    const more = Object.entries(definitions).filter(([name, rule]) => !ending.has(name) && canEnd(rule, ending));
    if (more.length === 0) return ending;
    for (const [name] of more) ending.add(name);
  }
}

const rules = (value: unknown) => (Array.isArray(value) ? (value as JsonObject[]) : []);
const properties = (rule: JsonObject) =>
  isObject(rule.properties) ? (rule.properties as Record<string, JsonObject>) : {};
const isMore = (least: unknown, count: number) => typeof least === 'number' && least > count;

function canEnd(rule: JsonObject, ending: ReadonlySet<string>): boolean {
  if (typeof rule.$ref === 'string') return ending.has(rule.$ref.slice('#/$defs/'.length));
  if (rule.oneOf !== undefined) return rules(rule.oneOf).some((each) => canEnd(each, ending));
  const prefix = rules(rule.prefixItems);
  const needed = [...prefix, ...Object.values(properties(rule))];
  if (isMore(rule.minItems, prefix.length) && isObject(rule.items)) needed.push(rule.items);
  const { additionalProperties: additional } = rule;
  if (isMore(rule.minProperties, Object.keys(properties(rule)).length) && isObject(additional)) needed.push(additional);
  return needed.every((each) => canEnd(each, ending));
}

/** Drops what keeps a rule from ending, wherever in the rule. */
function drop(rule: JsonObject | undefined, ending: ReadonlySet<string>): boolean {
  if (!rule) return false;
  let isChanged = false;
  const own = properties(rule);
  const required = new Set(Array.isArray(rule.required) ? (rule.required as string[]) : []);
  for (const [name, each] of Object.entries(own)) {
    if (canEnd(each, ending)) continue;
    if (drop(each, ending)) isChanged = true;
    else if (!required.has(name)) {
      delete own[name];
      isChanged = true;
    }
  }
  const below = [...rules(rule.oneOf), ...rules(rule.prefixItems), rule.items, rule.additionalProperties].filter(
    isObject,
  );
  for (const each of below) if (!canEnd(each, ending) && drop(each, ending)) isChanged = true;
  return isChanged;
}
