import { CheckpointError } from '../errors.js';
import type { JsonValue, Operation, Path } from '../types.js';
import { type Draft, draftOf } from './apply.js';
import { formatPath } from './format-path.js';
import { valueBytes } from './value-bytes.js';

/** Limits with every default filled in. */
export interface EffectiveLimits {
  readonly valueBytes: number;
  readonly stepBytes: number;
  readonly stateBytes: number;
}

/** A state, and its size as JSON, give or take commas. */
export interface Measured {
  readonly state: JsonValue;
  readonly stateBytes: number;
}

/** Applies operations within the limits; `operations` of the result are frozen copies. */
export function applyMeasured(
  before: Measured,
  given: readonly Operation[],
  limits: EffectiveLimits,
): Measured & { readonly operations: readonly Operation[] } {
  const draft = draftOf(before.state);
  let { stateBytes } = before;
  const operations = given.map((each) => {
    const gone = removedBytes(draft, each);
    const operation = draft.apply(each);
    stateBytes += addedBytes(draft, operation, limits) - gone;
    if (stateBytes > limits.stateBytes) throw tooLarge(operation[1], 'state', limits.stateBytes);
    return operation;
  });
  return { state: draft.finish(), stateBytes, operations };
}

/** The error for a thing that is over its limit. */
export function tooLarge(path: Path, what: 'value' | 'step' | 'state', limitBytes: number): CheckpointError {
  const key = formatPath(path);
  return new CheckpointError(
    'checkpoint-too-large',
    `The ${what} grows over ${limitBytes} bytes at ${key}; store large values elsewhere and keep a reference.`,
    { key, limitBytes },
  );
}

/** What the operation is about to take away; it may still turn out not to be valid. */
function removedBytes(draft: Draft, operation: Operation): number {
  if (!Array.isArray(operation) || !Array.isArray(operation[1])) return 0;
  const [kind, path, index, deleteCount] = operation as readonly unknown[] as readonly [string, Path, unknown, unknown];
  const old = draft.at(path);
  if (old === undefined) return 0;
  if (kind === '=' || kind === '-') return valueBytes(old) + nameBytes(path);
  if (kind !== '~' || !Array.isArray(old) || typeof index !== 'number' || typeof deleteCount !== 'number') return 0;
  return sum(old.slice(index, index + deleteCount));
}

function addedBytes(draft: Draft, operation: Operation, limits: EffectiveLimits): number {
  const [kind, path] = operation;
  const checked = (value: JsonValue, at: Path) => {
    const bytes = valueBytes(value);
    if (bytes > limits.valueBytes) throw tooLarge(at, 'value', limits.valueBytes);
    return bytes;
  };
  switch (kind) {
    case '=':
      return checked(operation[2], path) + nameBytes(path);
    case '-':
      return 0;
    case '+':
    case '~': {
      const items = kind === '+' ? operation[2] : operation[4];
      return items.reduce<number>((total, item, index) => total + checked(item, [...path, index]) + 1, 0);
    }
    case '.': {
      // A text grows by small pieces: only its length is at hand without reading all of it again.
      const whole = draft.at(path) as string;
      if (whole.length > limits.valueBytes) throw tooLarge(path, 'value', limits.valueBytes);
      return checked(operation[2], path) - 2;
    }
  }
}

function nameBytes(path: Path): number {
  const last = path.at(-1);
  return typeof last === 'string' ? valueBytes(last) + 2 : 1;
}

function sum(items: readonly JsonValue[]): number {
  return items.reduce<number>((total, item) => total + valueBytes(item) + 1, 0);
}
