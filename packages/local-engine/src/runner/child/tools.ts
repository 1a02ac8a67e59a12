import { SchemaError } from '../../format/json-schema.js';
import { normaliseSchema } from '../../format/normalise-schema.js';
import type { JsonObject, ToolFunction, ToolRequest } from '../protocol.js';
import type { ChatFunctions } from './llama.js';

/** Most calls in one answer: some templates do not say where the calls end, and a weak model goes on for ever. */
export const mostParallelCalls = 16;

/** Functions as the library reads them; without arguments it asks the model for none. */
export function toFunctions(tools: readonly ToolFunction[]): ChatFunctions | null {
  if (tools.length === 0) return null;
  return Object.fromEntries(
    tools.map(({ name, description, parameters }) => {
      const params =
        Object.keys((parameters.properties as object | undefined) ?? {}).length > 0 && toParams(parameters);
      return [name, { ...(description !== '' && { description }), ...(params && { params }) }];
    }),
  );
}

/** A schema that no grammar can be made of leaves the arguments open: what a server of tools states is not the caller's fault. */
function toParams(parameters: JsonObject): JsonObject {
  try {
    return normaliseSchema({ type: 'object', ...parameters });
  } catch (error) {
    if (error instanceof SchemaError) return { type: 'object', additionalProperties: true };
    throw error;
  }
}

/** Calls as they are answered. */
export function toToolRequests(
  calls: readonly { readonly functionName: string; readonly params: unknown }[] | undefined,
  createId: () => string,
): ToolRequest[] {
  return (calls ?? []).map(({ functionName, params }) => ({
    id: createId(),
    name: functionName,
    arguments: typeof params === 'object' && params !== null ? (params as JsonObject) : {},
  }));
}
