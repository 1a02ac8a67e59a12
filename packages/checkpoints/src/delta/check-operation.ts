import { CheckpointError } from '../errors.js';
import type { JsonValue, Operation, Path } from '../types.js';
import { checkName, copyValue, maximumDepth, toWellFormed } from './copy-value.js';
import { formatPath } from './format-path.js';

/** A frozen copy of an operation whose shape and values are allowed, whatever the state; throws for any other. */
export function checkOperation(operation: Operation): Operation {
  if (!Array.isArray(operation)) fail([], 'has an operation that is no list');
  const [kind, givenPath, third, fourth, fifth] = operation as readonly unknown[];
  const path = checkPath(givenPath);
  switch (kind) {
    case '=':
      return ['=', path, copyValue(third, path)];
    case '-':
      return ['-', path];
    case '+':
      return ['+', path, copyItems(third, path)];
    case '~':
      if (!isCount(third) || !isCount(fourth)) fail(path, 'is spliced at no index or by no count');
      return ['~', path, third, fourth, copyItems(fifth, path)];
    case '.':
      if (typeof third !== 'string') fail(path, 'gets no text');
      return ['.', path, toWellFormed(third)];
    default:
      return fail(path, `has an unknown operation ${JSON.stringify(kind)}`);
  }
}

/** True for indexes and counts. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Throws the error that an operation does not fit. */
export function fail(path: Path, reason: string): never {
  const key = formatPath(path);
  throw new CheckpointError('invalid-operation', `${key} ${reason}.`, { key });
}

function checkPath(path: unknown): Path {
  if (!Array.isArray(path)) fail([], 'has an operation without a path');
  if (path.length > maximumDepth) fail(path.slice(0, 3), `has a path longer than ${maximumDepth}`);
  return path.map((part) => {
    if (isCount(part)) return part;
    if (typeof part !== 'string') fail([], 'has a path that is not made of names and indexes');
    const name = toWellFormed(part);
    checkName(name, [name]);
    return name;
  });
}

function copyItems(items: unknown, path: Path): readonly JsonValue[] {
  if (!Array.isArray(items)) fail(path, 'gets no list of items');
  return items.map((item) => copyValue(item, [...path, 0]));
}
