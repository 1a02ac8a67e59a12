import type { $ZodIssue, $ZodType } from 'zod/v4/core';
import { formatKey, type KeyPath } from '../key.js';
import { isObject, type LayerValues, layersWith, mergeLayers, placeOf } from '../layers.js';
import type { JsonObject, JsonValue, Problem } from '../types.js';
import { unknownKey } from './check-keys.js';
import { describeIssue } from './describe-issue.js';
import { isRequiredObject, nodeOf } from './schema-node.js';

/** What the schema says about all layers together. */
export type Validation =
  | { readonly values: unknown; readonly problems?: never }
  | { readonly values?: never; readonly problems: readonly Problem[] };

/** Merges the layers and lets the schema judge; a problem names the strongest layer that has the value. */
export async function validate(schema: $ZodType, layers: readonly LayerValues[]): Promise<Validation> {
  const merged = fillSections(schema, mergeLayers(layers));
  const result = await schema['~standard'].validate(merged);
  if (!result.issues) return { values: result.value };
  const issues = result.issues as unknown as readonly $ZodIssue[];
  return { problems: issues.flatMap((issue) => problemsOf(issue, layers, merged)) };
}

/** Gives objects that are required but missing as empty ones, so that the defaults of their members apply. */
function fillSections(schema: $ZodType, value: JsonObject): JsonObject {
  const node = nodeOf(schema);
  if (node.kind !== 'object') return value;
  const filled: Record<string, JsonValue> = Object.assign(Object.create(null), value);
  for (const [key, field] of Object.entries(node.fields)) {
    const member = filled[key] ?? (isRequiredObject(field) ? Object.create(null) : undefined);
    if (isObject(member)) filled[key] = fillSections(field, member);
  }
  return filled;
}

function problemsOf(issue: $ZodIssue, layers: readonly LayerValues[], merged: JsonObject): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const layer = layersWith(layers, path)[0] ?? strongestAbove(layers, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(layer, [...path, key], []));
  const key = formatKey(path) || null;
  const { code, expectation, suggestion } = describeIssue(issue, merged);
  const message = `${key === null ? 'the configuration' : `"${key}"`} ${expectation}`;
  return [{ code, key, layer: layer.layer, file: layer.file, ...placeOf(layer, path), message, suggestion }];
}

const defaults: LayerValues = {
  layer: 'default',
  file: null,
  value: Object.create(null),
  places: new Map(),
  ignored: [],
};

/** The layer that gave the nearest object above a missing value. */
function strongestAbove(layers: readonly LayerValues[], path: KeyPath): LayerValues {
  for (let length = path.length - 1; length > 0; length--) {
    const [layer] = layersWith(layers, path.slice(0, length));
    if (layer) return layer;
  }
  return defaults;
}
