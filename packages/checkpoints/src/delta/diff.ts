import type { JsonObject, JsonValue, Operation, Path } from '../types.js';
import { valueBytes } from './value-bytes.js';

/**
 * Operations that turn `before` into `after`, both frozen copies. The same reference counts as unchanged; everything else is
 * compared by its content, so an edit of an old element is found wherever it stands.
 */
export function diffStates(before: JsonValue, after: JsonValue): Operation[] {
  const operations: Operation[] = [];
  diff(before, after, [], operations);
  return operations;
}

function diff(before: JsonValue, after: JsonValue, path: Path, out: Operation[]): void {
  if (before === after) return;
  if (Array.isArray(before) && Array.isArray(after)) diffArrays(before, after, path, out);
  else if (isObject(before) && isObject(after)) diffObjects(before, after, path, out);
  else if (typeof before === 'string' && typeof after === 'string' && before !== '' && after.startsWith(before)) {
    out.push(['.', path, after.slice(before.length)]);
  } else out.push(['=', path, after]);
}

function diffObjects(before: JsonObject, after: JsonObject, path: Path, out: Operation[]): void {
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) out.push(['-', [...path, key]]);
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (old === undefined) out.push(['=', [...path, key], value]);
    else diff(old, value, [...path, key], out);
  }
}

function diffArrays(before: readonly JsonValue[], after: readonly JsonValue[], path: Path, out: Operation[]): void {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isEqual(before[start]!, after[start]!)) start++;
  let end = 0;
  while (end < shorter - start && isEqual(before.at(-1 - end)!, after.at(-1 - end)!)) end++;
  const removed = before.slice(start, before.length - end);
  const added = after.slice(start, after.length - end);
  if (removed.length === 0 && added.length === 0) return;
  if (removed.length === 0 && end === 0) {
    out.push(['+', path, added]);
    return;
  }
  const splice: Operation = ['~', path, start, removed.length, added];
  if (removed.length === 0 || added.length === 0) {
    out.push(splice);
    return;
  }
  // Elements that were edited where they stand, then what is left over; unless replacing all of them is shorter.
  const edits: Operation[] = [];
  const common = Math.min(removed.length, added.length);
  for (let index = 0; index < common; index++) diff(removed[index]!, added[index]!, [...path, start + index], edits);
  if (removed.length !== added.length) {
    edits.push(['~', path, start + common, removed.length - common, added.slice(common)]);
  }
  const isShorter = size(edits) < size([splice]);
  for (const operation of isShorter ? edits : [splice]) out.push(operation); // spread arguments overflow the stack
}

function size(operations: readonly Operation[]): number {
  return valueBytes(operations as unknown as JsonValue);
}

function isEqual(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isEqual((a as JsonObject)[key]!, (b as JsonObject)[key]!));
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
