import type { JsonObject } from '../runner/protocol.js';
import { type JsonSchema, SchemaError } from './json-schema.js';

/** What a schema becomes for a grammar; `null` where nothing fits it. */
export type Rule = JsonObject | null;

/** Makes the rule of a subschema. */
export type MakeRule = (schema: JsonSchema) => Rule;

/** Any JSON value, in words that a grammar is made of. */
export const anything: JsonObject = {
  oneOf: [
    ...['string', 'number', 'boolean', 'null'].map((type) => ({ type })),
    { type: 'array' },
    { type: 'object', additionalProperties: true },
  ],
};

/** Most repetitions that llama.cpp holds: of more it refuses some, and takes others for any number. */
export const mostRepetitions = 500;

/** JSON has them escaped, where node-llama-cpp writes them into the grammar as they are. @throws SchemaError */
export function refuseControls(value: unknown): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (typeof value === 'string' && /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(value)) {
    throw new SchemaError(`${JSON.stringify(value)} has control characters`);
  }
}
