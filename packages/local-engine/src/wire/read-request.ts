import * as z from 'zod/mini';
import { LocalEngineError } from '../errors.js';

/** A model's name as callers write it. */
export const modelName = z.string().check(z.minLength(1), z.maxLength(300));

/** An object of which nothing else is known. */
export const jsonObject = z.record(z.string(), z.unknown());

/**
 * Checks a body.
 *
 * @throws {@link LocalEngineError} `invalid-request`, naming the first wrong key
 */
export function readRequest<Schema extends z.ZodMiniType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = z.safeParse(schema, body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw invalidRequest(`invalid request: ${at}${issue ? describe(issue) : 'unknown'}`);
}

/** An issue in words; this build of zod has none for what it finds itself. */
function describe(issue: z.core.$ZodIssue): string {
  if (issue.message !== 'Invalid input') return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${issue.origin === 'string' || issue.origin === 'array' ? ' long' : ''}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' || issue.origin === 'array' ? ' long' : ''}`;
    default:
      return 'is none of what it may be';
  }
}

/** The error for a request that is wrong in itself. */
export function invalidRequest(message: string): LocalEngineError {
  return new LocalEngineError('invalid-request', message);
}
