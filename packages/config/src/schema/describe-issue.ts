import type { $ZodIssue } from 'zod/v4/core';
import type { ConfigErrorCode } from '../errors.js';
import { valueAt } from '../layers.js';
import { suggest } from '../suggest.js';
import type { JsonObject } from '../types.js';

/** A zod issue in the words of this package; the value itself is never repeated, since it may be secret. */
export interface IssueDescription {
  readonly code: ConfigErrorCode;
  /** Goes after the name of the key. */
  readonly expectation: string;
  readonly suggestion: string | null;
}

/** What the schema expected. Messages are made here because `zod/mini` brings none. */
export function describeIssue(issue: $ZodIssue, merged: JsonObject): IssueDescription {
  const wrongType = (expectation: string) => ({ code: 'wrong-type', expectation, suggestion: null }) as const;
  const outOfRange = (expectation: string, suggestion: string | null = null) =>
    ({ code: 'out-of-range', expectation, suggestion }) as const;
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(`must be of type ${issue.expected}`);
    case 'invalid_format':
      return wrongType(`must have the format ${issue.format}`);
    case 'too_small':
      return outOfRange(
        `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${limit(issue.minimum, issue.origin)}`,
      );
    case 'too_big':
      return outOfRange(
        `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${limit(issue.maximum, issue.origin)}`,
      );
    case 'not_multiple_of':
      return outOfRange(`must be a multiple of ${issue.divisor}`);
    case 'invalid_value': {
      const given = valueAt(merged, issue.path as (string | number)[]);
      const words = issue.values.map(String);
      const near = typeof given === 'string' ? suggest(given, words) : null;
      const meant = near === null ? '' : `; did you mean "${near}"?`;
      const expectation = `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}${meant}`;
      return typeof given === typeof issue.values[0] ? outOfRange(expectation, near) : wrongType(expectation);
    }
    case 'invalid_union':
      return wrongType('fits none of the allowed shapes');
    case 'invalid_key':
      return outOfRange('has a name that is not allowed');
    default:
      return outOfRange(`is not valid${issue.message ? `: ${issue.message}` : ''}`);
  }
}

/** Length of texts and lists, value of numbers. */
function limit(value: number | bigint, origin: string): string {
  if (origin === 'string') return `${value} characters long`;
  if (origin === 'array' || origin === 'set') return `${value} items long`;
  return String(value);
}
