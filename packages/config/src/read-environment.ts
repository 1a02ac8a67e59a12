import type { $ZodType } from 'zod/v4/core';
import { copyJson } from './copy-json.js';
import { formatKey, type KeyPath } from './key.js';
import type { LayerValues, Place } from './layers.js';
import { listKeys } from './schema/list-keys.js';
import type { JsonObject, JsonValue, Problem } from './types.js';

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The layer of variables. A value is taken as JSON if it parses and the key is not a text, else as it stands; it is never expanded
 * and never run. Empty counts as not set.
 */
export function readEnvironment(
  schema: $ZodType,
  name: string,
  env: Environment,
): { readonly layer: LayerValues; readonly problems: readonly Problem[] } {
  const value: Record<string, JsonValue> = Object.create(null);
  const places = new Map<string, Place>();
  const problems: Problem[] = [];
  for (const { path, variable, isText } of listKeys(schema, name)) {
    const text = env[variable];
    if (!text) continue;
    const place = { line: null, column: null, variable };
    const copied = isText ? { value: text } : copyJson(parseOr(text));
    if ('problem' in copied) {
      const key = formatKey(path);
      const message = `"${key}": ${copied.problem.message}`;
      problems.push({ code: 'syntax', key, layer: 'env', file: null, ...place, message, suggestion: null });
      continue;
    }
    places.set(formatKey(path), place);
    put(value, path, copied.value);
  }
  return { layer: { layer: 'env', file: null, value, places, ignored: [] }, problems };
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function put(target: Record<string, JsonValue>, path: KeyPath, value: JsonValue): void {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  target[name] ??= Object.create(null) as JsonObject;
  put(target[name] as Record<string, JsonValue>, rest, value);
}
