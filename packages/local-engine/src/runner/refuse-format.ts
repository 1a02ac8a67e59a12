import { LocalEngineError } from '../errors.js';
import { SchemaError } from '../format/json-schema.js';
import { normaliseSchema } from '../format/normalise-schema.js';
import type { RunnerCall } from './protocol.js';

/** Refuses a schema that no grammar can be made of, before a model is loaded for it. @throws {@link LocalEngineError} `invalid-request` */
export function refuseFormat(call: RunnerCall): void {
  if ((call.kind !== 'chat' && call.kind !== 'raw') || call.format?.kind !== 'schema') return;
  try {
    normaliseSchema(call.format.schema, { checksValues: false }); // here runs the server
  } catch (cause) {
    if (!(cause instanceof SchemaError)) throw cause;
    throw new LocalEngineError('invalid-request', `invalid format: ${cause.message}`, { cause });
  }
}
