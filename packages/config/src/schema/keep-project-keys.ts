import type { $ZodType } from 'zod/v4/core';
import { formatKey, type KeyPath } from '../key.js';
import { isObject, type LayerValues, placeOf } from '../layers.js';
import type { JsonObject, JsonValue, Problem } from '../types.js';
import { metaOf, nodeOf } from './schema-node.js';

/** What a project file may say: keys marked `project: 'always'`, themselves or by an object above them. Each other key is a problem. */
export function keepProjectKeys(
  schema: $ZodType,
  layer: LayerValues,
): { readonly layer: LayerValues; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const value = keep(schema, layer.value, []);
  const ignored = problems.map((problem) => problem.key ?? '');
  return { layer: { ...layer, value, ignored }, problems };

  function keep(current: $ZodType, object: JsonObject, path: KeyPath): JsonObject {
    const node = nodeOf(current);
    const kept: Record<string, JsonValue> = Object.create(null);
    for (const [key, member] of Object.entries(object)) {
      const field = node.kind === 'object' ? node.fields[key] : undefined;
      const keyPath = [...path, key];
      if (field && metaOf(field).project === 'always') kept[key] = member;
      else if (field && isObject(member) && nodeOf(field).kind === 'object') kept[key] = keep(field, member, keyPath);
      else problems.push(untrusted(keyPath));
    }
    return kept;
  }

  function untrusted(path: KeyPath): Problem {
    const key = formatKey(path);
    const message = `a project may not set "${key}"; the value is ignored`;
    const { layer: name, file } = layer;
    return { code: 'untrusted', key, layer: name, file, ...placeOf(layer, path), message, suggestion: null };
  }
}
