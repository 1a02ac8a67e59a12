import type { JsonObject, JsonValue, Operation, Path } from '../types.js';
import { checkOperation, fail, isCount } from './check-operation.js';

type Container = JsonValue[] | Record<string, JsonValue>;

/**
 * A state under change. What it is given is never changed: each object or array is copied when an operation first touches it, and
 * changed in place after that, so that replaying a long thread costs one copy of each and not one for each step.
 */
export interface Draft {
  /**
   * Applies one operation and gives a frozen copy of it. Throws `invalid-operation` or `invalid-value`; the draft is then of no use.
   */
  apply(operation: Operation): Operation;
  /** The value at a path, `undefined` if there is none. */
  at(path: Path): JsonValue | undefined;
  /** The frozen result; the draft is of no use afterwards. */
  finish(): JsonValue;
}

/** A draft that starts from a frozen state. */
export function draftOf(start: JsonValue): Draft {
  let root = start;
  const owned = new Set<Container>();

  function own(value: JsonValue, path: Path): Container {
    if (typeof value !== 'object' || value === null) fail(path, 'is no object and no array');
    if (owned.has(value as Container)) return value as Container;
    const copy = Array.isArray(value) ? [...value] : Object.assign(Object.create(null), value);
    owned.add(copy);
    return copy;
  }

  /** The object or array at `path`, changeable, with all those above it. */
  function open(path: Path): Container {
    let container = own(root, []);
    root = container as JsonValue;
    for (const [depth, part] of path.entries()) {
      const child = own(read(container, part, path.slice(0, depth + 1)), path.slice(0, depth + 1));
      write(container, part, child as JsonValue);
      container = child;
    }
    return container;
  }

  function openArray(path: Path): JsonValue[] {
    const container = open(path);
    if (!Array.isArray(container)) fail(path, 'is no array');
    return container;
  }

  return {
    apply(given) {
      const operation = checkOperation(given);
      const [kind, path] = operation;
      const last = path.at(-1);
      const parent = path.slice(0, -1);
      switch (kind) {
        case '=': {
          if (last === undefined) {
            root = operation[2];
            break;
          }
          const container = open(parent);
          if (Array.isArray(container)) read(container, last, path);
          else if (typeof last !== 'string') fail(path, 'is an index of an object');
          write(container, last, operation[2]);
          break;
        }
        case '-': {
          if (last === undefined) fail(path, 'cannot be taken out');
          const container = open(parent);
          if (Array.isArray(container)) fail(path, 'is an element; elements are taken out by "~"');
          read(container, last, path);
          delete container[String(last)];
          break;
        }
        case '+':
          pushAll(openArray(path), operation[2]);
          break;
        case '~': {
          const [, , index, deleteCount, items] = operation;
          const array = openArray(path);
          if (index + deleteCount > array.length) fail(path, `has no ${deleteCount} elements at ${index}`);
          const rest = array.splice(index).slice(deleteCount);
          pushAll(array, items);
          pushAll(array, rest);
          break;
        }
        case '.': {
          const before = last === undefined ? root : read(open(parent), last, path);
          if (typeof before !== 'string') fail(path, 'is no text');
          const whole = before + operation[2];
          if (last === undefined) root = whole;
          else write(open(parent), last, whole);
          break;
        }
      }
      return operation;
    },
    at(path) {
      let value: JsonValue | undefined = root;
      for (const part of path) {
        if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
        value = (value as JsonObject)[part];
      }
      return value;
    },
    finish() {
      for (const container of owned) Object.freeze(container);
      return root;
    },
  };
}

function read(container: Container, part: string | number, path: Path): JsonValue {
  if (Array.isArray(container)) {
    const item = isCount(part) ? container[part] : undefined;
    return item ?? (isCount(part) && part < container.length ? null : fail(path, 'is no element of the array'));
  }
  if (typeof part !== 'string' || !Object.hasOwn(container, part)) fail(path, 'is not there');
  return container[part]!;
}

function write(container: Container, part: string | number, value: JsonValue): void {
  (container as Record<string | number, JsonValue>)[part] = value;
}

/** One by one: spreading a hundred thousand arguments overflows the stack. */
function pushAll(array: JsonValue[], items: readonly JsonValue[]): void {
  for (const item of items) array.push(item);
}
