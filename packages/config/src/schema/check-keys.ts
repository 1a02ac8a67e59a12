import type { $ZodType } from 'zod/v4/core';
import { formatKey, type KeyPath } from '../key.js';
import { isObject, type LayerValues, placeOf } from '../layers.js';
import { suggest } from '../suggest.js';
import type { JsonValue, Problem } from '../types.js';
import { nodeOf } from './schema-node.js';

/** A problem for each key of the layer that the schema does not know. */
export function checkKeys(schema: $ZodType, layer: LayerValues): Problem[] {
  const problems: Problem[] = [];
  visit(schema, layer.value, []);
  return problems;

  function visit(current: $ZodType, value: JsonValue, path: KeyPath): void {
    const node = nodeOf(current);
    if (node.kind === 'list' && Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(node.item, item, [...path, index]);
    }
    if (!isObject(value)) return;
    for (const [key, member] of Object.entries(value)) {
      const keyPath = [...path, key];
      if (node.kind === 'record') visit(node.member, member, keyPath);
      if (node.kind !== 'object') continue;
      const field = Object.hasOwn(node.fields, key) ? node.fields[key] : undefined;
      if (field) visit(field, member, keyPath);
      else if (!node.isOpen) problems.push(unknownKey(layer, keyPath, Object.keys(node.fields)));
    }
  }
}

/** The problem "unknown key", with the most similar of its siblings. */
export function unknownKey(layer: LayerValues, path: KeyPath, siblings: readonly string[]): Problem {
  const near = suggest(String(path.at(-1)), siblings);
  const suggestion = near === null ? null : formatKey([...path.slice(0, -1), near]);
  const key = formatKey(path);
  const meant = suggestion === null ? '' : `; did you mean "${suggestion}"?`;
  return {
    code: 'unknown-key',
    key,
    layer: layer.layer,
    file: layer.file,
    ...placeOf(layer, path),
    message: `unknown key "${key}"${meant}`,
    suggestion,
  };
}
