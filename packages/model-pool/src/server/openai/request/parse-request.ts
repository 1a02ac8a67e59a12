import * as z from 'zod/mini';
import { describeIssue } from '../../http/body-issue.js';
import { type ParameterRules, takeParameters } from './parameters.js';
import { refuseParameter } from './refuse-parameter.js';

/** A place as OpenAI names it, such as `messages[0].content`. */
function formatParam(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/** Checks the body of a request of OpenAI's API. @throws ModelPoolError `rejected` with the parameter that is wrong */
export function parseRequest<Shape extends z.core.$ZodLooseShape>(
  schema: z.ZodMiniObject<Shape, z.core.$strip>,
  rules: Omit<ParameterRules, 'used'>,
  body: unknown,
): z.output<z.ZodMiniObject<Shape, z.core.$strip>> {
  const used = Object.keys(schema.def.shape);
  const result = z.safeParse(schema, takeParameters(body, { ...rules, used }));
  if (result.success) return result.data;
  const { path, problem } = describeIssue(result.error.issues, used);
  const param = formatParam(path);
  refuseParameter(param, `'${param}' ${problem}`);
}
