import { formatKey, type KeyPath } from './key.js';
import type { JsonValue } from './types.js';

/** How deep objects and arrays of a configuration may nest. */
export const maximumDepth = 64;

/** Why a value is refused. */
export interface CopyProblem {
  readonly key: string | null;
  readonly message: string;
}

/**
 * A copy of a JSON value made of null-prototype objects. Members that are `undefined` are left out. Anything that JSON cannot say,
 * a member called `__proto__` and a depth over 64 are refused.
 */
export function copyJson(value: unknown): { readonly value: JsonValue } | { readonly problem: CopyProblem } {
  try {
    return { value: copy(value, []) };
  } catch (error) {
    if (error instanceof Refusal) return { problem: { key: formatKey(error.path) || null, message: error.message } };
    throw error;
  }
}

class Refusal extends Error {
  readonly path: KeyPath;
  constructor(path: KeyPath, message: string) {
    super(message);
    this.path = path;
  }
}

function copy(value: unknown, path: KeyPath): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'object' && path.length >= maximumDepth) {
    throw new Refusal(path.slice(0, 3), `nested deeper than ${maximumDepth}`);
  }
  if (Array.isArray(value)) return value.map((item, index) => copy(item, [...path, index]));
  if (typeof value !== 'object') throw new Refusal(path, `a ${typeof value} is no JSON value`);
  const result: Record<string, JsonValue> = Object.create(null);
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') throw new Refusal([...path, key], 'no key may be called "__proto__"');
    if (member !== undefined) result[key] = copy(member, [...path, key]);
  }
  return result;
}
