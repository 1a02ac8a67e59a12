import * as z from 'zod/mini';
import { poolError } from '../../calls/call-error.js';
import { describeIssue } from './body-issue.js';

/** Checks a body of tale's own routes. @throws ModelPoolError `rejected`, with the place and what is wrong there */
export function parseBody<Shape extends z.core.$ZodLooseShape>(
  schema: z.ZodMiniObject<Shape, z.core.$strict>,
  value: unknown,
): z.output<z.ZodMiniObject<Shape, z.core.$strict>> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const known = Object.keys(schema.def.shape);
  const { path, problem } = describeIssue(result.error.issues, known);
  throw poolError('rejected', `${path.length === 0 ? 'the body' : path.map(String).join('.')} ${problem}`);
}
