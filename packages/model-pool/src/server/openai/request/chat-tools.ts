import * as z from 'zod/mini';
import type { CallRequest, ToolChoice, ToolDefinition } from '../../../types.js';
import { refuseParameter } from './refuse-parameter.js';

const json = z.record(z.string(), z.json());

/** Tools that a model may ask for. */
export const toolsSchema = z.array(
  z.looseObject({
    type: z.string(),
    function: z.optional(
      z.looseObject({ name: z.string(), description: z.nullish(z.string()), parameters: z.nullish(json) }),
    ),
  }),
);

/** Whether it may. */
export const toolChoiceSchema = z.union([
  z.enum(['auto', 'none', 'required']),
  z.looseObject({ type: z.string(), function: z.optional(z.looseObject({ name: z.string() })) }),
]);

/** What the answer looks like. */
export const responseFormatSchema = z.looseObject({
  type: z.enum(['text', 'json_object', 'json_schema']),
  json_schema: z.nullish(z.looseObject({ schema: z.nullish(json) })),
});

/** The tools of a call. A `strict` one is a wish: its arguments are as the model gives them. @throws ModelPoolError `rejected` */
export function readTools(tools: z.output<typeof toolsSchema>): readonly ToolDefinition[] {
  return tools.map(({ type, function: given }, index) => {
    if (type !== 'function' || given === undefined)
      refuseParameter(`tools[${index}]`, `'tools[${index}]' must be a function: other tools are not supported here`);
    const { name, description, parameters } = given;
    return {
      name,
      description: description ?? undefined,
      parameters: parameters ?? { type: 'object', properties: {} },
    };
  });
}

/** The choice of a call. @throws ModelPoolError `rejected` */
export function readToolChoice(choice: z.output<typeof toolChoiceSchema>): ToolChoice {
  if (typeof choice === 'string') return choice;
  if (choice.type === 'function' && choice.function !== undefined) return { name: choice.function.name };
  refuseParameter('tool_choice', "'tool_choice' must be auto, none, required or one function");
}

/** The format of a call. A schema is kept whether it is `strict` or not. @throws ModelPoolError `rejected` */
export function readResponseFormat({
  type,
  json_schema: given,
}: z.output<typeof responseFormatSchema>): CallRequest['format'] {
  if (type === 'text') return undefined;
  if (type === 'json_object') return 'json';
  return (
    given?.schema ?? refuseParameter('response_format.json_schema', "'response_format.json_schema' must have a schema")
  );
}
