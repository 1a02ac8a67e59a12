import { draftOf } from '../../src/delta/apply.js';
import type { JsonValue, Operation } from '../../src/types.js';

/** The state after `operations`. */
export function applyOperations(state: JsonValue, operations: readonly Operation[]): JsonValue {
  const draft = draftOf(state);
  for (const operation of operations) draft.apply(operation);
  return draft.finish();
}
