import * as z from 'zod/mini';
import type { AnswerFormat, ToolFunction } from '../runner/protocol.js';
import { invalidRequest, jsonObject } from './read-request.js';

/** The list `tools` of both APIs. */
export const toolList = z.nullish(
  z
    .array(
      z.looseObject({
        type: z._default(z.literal('function'), 'function'),
        function: z.looseObject({
          name: z.string().check(z.minLength(1), z.maxLength(256)),
          description: z.nullish(z.string()),
          parameters: z.nullish(jsonObject),
        }),
      }),
    )
    .check(z.maxLength(512)),
);

/** The functions of a list. @throws LocalEngineError `invalid-request` for two of one name */
export function toToolFunctions(list: z.output<typeof toolList>): ToolFunction[] {
  const functions = (list ?? []).map(({ function: { name, description, parameters } }) => ({
    name,
    description: description ?? '',
    parameters: parameters ?? { type: 'object', properties: {} },
  }));
  const names = new Set<string>();
  for (const { name } of functions) {
    if (names.has(name)) throw invalidRequest(`two tools have the name ${JSON.stringify(name)}`);
    names.add(name);
  }
  return functions;
}

/** A grammar has room for a format or for functions. @throws LocalEngineError `invalid-request` */
export function refuseFormatWithTools(format: AnswerFormat | null, tools: readonly ToolFunction[]): void {
  if (format !== null && tools.length > 0) throw invalidRequest('format and tools exclude each other');
}
