import { ContextError } from './errors.js';
import type { JsonValue, SecretPattern } from './types.js';

/** How deep JSON may nest: every program that walks it does so by recursion. */
export const deepestJson = 100;

const unstorable = /[\0\p{Surrogate}]/gu;

/** Text that every database stores: lone surrogates and U+0000 become U+FFFD. */
export function cleanText(text: string): string {
  return text.replaceAll(unstorable, '\uFFFD');
}

/** Text without what the patterns match. */
export function withoutSecrets(text: string, secrets: readonly SecretPattern[]): string {
  return secrets.reduce((rest, { kind, pattern }) => rest.replace(pattern, () => `[secret: ${kind}]`), text);
}

/**
 * Every string in a JSON value changed; members without a value are left out.
 *
 * @throws {@link ContextError} `message-too-large` where it nests deeper than `deepest`, 100 if left out
 */
export function mapStrings<Value extends JsonValue | object | undefined>(
  value: Value,
  change: (text: string) => string,
  deepest = deepestJson,
): Value {
  const visit = (part: unknown, depth: number): unknown => {
    if (typeof part === 'string') return change(part);
    if (!isNested(part)) return part;
    if (depth > deepest) throw tooDeep(deepest);
    if (Array.isArray(part)) return part.map((member) => visit(member, depth + 1));
    const members = Object.entries(part).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members.map(([key, member]) => [change(key), visit(member, depth + 1)]));
  };
  return visit(value, 1) as Value;
}

/** Whether objects and lists nest deeper than this; one that holds no other nests 1 deep. */
export function isDeeperThan(value: unknown, most: number): boolean {
  let level = [value].filter(isNested);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === most) return true;
    level = level.flatMap((part) => Object.values(part)).filter(isNested);
  }
  return false;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function tooDeep(limit: number): ContextError {
  return new ContextError('message-too-large', `JSON nests at most ${limit} deep here.`, { limit });
}
