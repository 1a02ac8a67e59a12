import { formatKey, type KeyPath } from './key.js';
import { isObject, layersWith, placeOf, valueAt } from './layers.js';
import type { Snapshot } from './snapshot.js';
import type { Explanation, JsonValue } from './types.js';

/** Where the value of a known key comes from. */
export function explainKey(snapshot: Snapshot, path: KeyPath): Explanation {
  const key = formatKey(path);
  const [strongest, ...weaker] = layersWith(snapshot.layers, path);
  const place = strongest ? placeOf(strongest, path) : null;
  const written = strongest ? valueAt(strongest.value, path) : undefined;
  // A section is what its keys are, wherever each comes from.
  const value = isObject(written) ? valueAt(snapshot.values, path) : written;
  return {
    key,
    value: value ?? null,
    layer: strongest?.layer ?? 'default',
    file: strongest?.file ?? null,
    line: place?.line ?? null,
    variable: place?.variable ?? null,
    hides: weaker.map((layer) => ({
      layer: layer.layer,
      value: valueAt(layer.value, path) as JsonValue,
      file: layer.file,
      line: placeOf(layer, path).line,
    })),
    ignored: snapshot.layers
      .filter(({ ignored }) => ignored.some((name) => name === key || name.startsWith(`${key}.`)))
      .map(({ layer }) => ({ layer, reason: 'never-from-project' as const })),
  };
}
