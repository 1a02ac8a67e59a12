import type { JsonValue, SecretPattern } from './types.js';

const unstorable = /[\0\p{Surrogate}]/gu;

/** Text that every database stores: lone surrogates and U+0000 become U+FFFD. */
export function cleanText(text: string): string {
  return text.replaceAll(unstorable, '\uFFFD');
}

/** Text without what the patterns match. */
export function withoutSecrets(text: string, secrets: readonly SecretPattern[]): string {
  return secrets.reduce((rest, { kind, pattern }) => rest.replace(pattern, () => `[secret: ${kind}]`), text);
}

/** Every string in a JSON value changed; members without a value are left out. */
export function mapStrings<Value extends JsonValue | object | undefined>(
  value: Value,
  change: (text: string) => string,
): Value {
  const visit = (part: unknown): unknown => {
    if (typeof part === 'string') return change(part);
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part !== 'object' || part === null) return part;
    const members = Object.entries(part).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members.map(([key, member]) => [change(key), visit(member)]));
  };
  return visit(value) as Value;
}
