import { CheckpointError } from '../errors.js';
import type { JsonObject, JsonValue, Path } from '../types.js';
import { formatPath } from './format-path.js';

/** How deep a state may nest. */
export const maximumDepth = 64;

const forbidden = new Set(['__proto__', 'constructor']);

/** Refuses names of members that could reach a prototype where a reader is careless. */
export function checkName(name: string, path: Path): void {
  if (forbidden.has(name)) refuse(path, `no key may be called "${name}"`);
}

/**
 * A frozen copy of a JSON value, of objects without prototype and well-formed strings. Members that are `undefined` are left out, as
 * `JSON.stringify` does; everything else that JSON cannot say is refused, and so is a depth over 64.
 *
 * @param path where the value goes
 * @param before the frozen copy that stands there now; where the content is the same, it is given back itself
 */
export function copyValue(value: unknown, path: Path, before?: JsonValue): JsonValue {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return toWellFormed(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse(path, `${value} is no JSON value`);
    return value === 0 ? 0 : value; // JSON has no -0
  }
  if (typeof value !== 'object') refuse(path, `${typeof value} is no JSON value`);
  if (value === before) return before as JsonValue; // frozen, so nobody edited it
  if (path.length >= maximumDepth) refuse(path, `nested deeper than ${maximumDepth}`);
  return Array.isArray(value) ? copyArray(value, path, before) : copyObject(value, path, before);
}

function copyArray(value: readonly unknown[], path: Path, before: JsonValue | undefined): JsonValue {
  const old = Array.isArray(before) ? (before as readonly JsonValue[]) : [];
  const copy = Array.from(value, (item, index) => copyValue(item, [...path, index], old[index]));
  const isSame = before === old && copy.length === old.length && copy.every((item, index) => item === old[index]);
  return isSame ? old : Object.freeze(copy);
}

function copyObject(value: object, path: Path, before: JsonValue | undefined): JsonValue {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    refuse(path, 'an instance of a class is no JSON value; encode it');
  }
  const isObject = typeof before === 'object' && before !== null && !Array.isArray(before);
  const old = (isObject ? before : Object.create(null)) as JsonObject;
  const copy: Record<string, JsonValue> = Object.create(null);
  let isSame = isObject;
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const name = toWellFormed(key);
    checkName(name, [...path, name]);
    copy[name] = copyValue(member, [...path, name], old[name]);
    isSame &&= copy[name] === old[name];
  }
  isSame &&= Object.keys(copy).length === Object.keys(old).length;
  return isSame ? old : Object.freeze(copy);
}

/** Lone surrogates become U+FFFD: UTF-8 could not store them. */
export function toWellFormed(text: string): string {
  return (text as string & { toWellFormed(): string }).toWellFormed();
}

function refuse(path: Path, reason: string): never {
  const key = formatPath(path);
  throw new CheckpointError('invalid-value', `${key}: ${reason}.`, { key });
}
