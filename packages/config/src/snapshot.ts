import type { $ZodType } from 'zod/v4/core';
import { invalid, isInvalid } from './invalid.js';
import type { LayerValues } from './layers.js';
import type { FileLayer } from './read-layer-file.js';
import { checkKeys } from './schema/check-keys.js';
import { keepProjectKeys } from './schema/keep-project-keys.js';
import { validate } from './schema/validate.js';
import type { JsonObject, Problem } from './types.js';

/** A layer with what was wrong in reading it. */
export type ReadLayer = Pick<FileLayer, 'layer' | 'problems'>;

/** All layers at one moment. */
export interface Snapshot {
  /** Weakest first, with the defaults as the first. */
  readonly layers: readonly LayerValues[];
  readonly values: unknown;
  /** What does not stop anything. */
  readonly warnings: readonly Problem[];
}

/** Checks and merges the layers. Throws the error that stands for all problems. */
export async function takeSnapshot(schema: $ZodType, read: readonly ReadLayer[]): Promise<Snapshot> {
  const unreadable = read.flatMap(({ problems }) => problems);
  const unknown = read.flatMap(({ layer }) => checkKeys(schema, layer));
  const wrong = [...unreadable, ...unknown];
  if (isInvalid(wrong)) throw invalid(wrong);

  const warnings: Problem[] = [];
  const layers = read.map(({ layer }) => {
    if (layer.layer !== 'project') return layer;
    const kept = keepProjectKeys(schema, layer);
    warnings.push(...kept.problems);
    return kept.layer;
  });
  const validation = await validate(schema, layers);
  const problems = validation.problems ?? [];
  if (isInvalid(problems)) throw invalid(problems);
  return { layers: [await defaultLayer(schema), ...layers], values: freeze(validation.values), warnings };
}

/** What the schema gives where no layer says anything; nothing if it then refuses. */
async function defaultLayer(schema: $ZodType): Promise<LayerValues> {
  const { values } = await validate(schema, []);
  const value = (values ?? Object.create(null)) as JsonObject;
  return { layer: 'default', file: null, value, places: new Map(), ignored: [] };
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freeze(member);
  // What a schema makes (a URL, a Map) may need to change inside.
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(value);
  return isPlain ? Object.freeze(value) : value;
}
