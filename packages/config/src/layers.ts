import { formatKey, type KeyPath } from './key.js';
import type { JsonObject, JsonValue, Layer } from './types.js';

/** Where a value stands in its layer. */
export interface Place {
  readonly line: number | null;
  readonly column: number | null;
  readonly variable: string | null;
}

/** One layer as it was read, weakest first in lists of layers. */
export interface LayerValues {
  readonly layer: Layer;
  readonly file: string | null;
  readonly value: JsonObject;
  /** By canonical key; a value without a place of its own has that of the nearest key above. */
  readonly places: ReadonlyMap<string, Place>;
  /** Keys that the layer names but may not set. */
  readonly ignored: readonly string[];
}

const nowhere: Place = { line: null, column: null, variable: null };

/** One object out of all layers: objects merged by key, arrays and scalars replaced as a whole, `null` counts as not there. */
export function mergeLayers(layers: readonly LayerValues[]): JsonObject {
  return layers.reduce<JsonObject>((merged, { value }) => merge(merged, value), Object.create(null));
}

function merge(weak: JsonObject, strong: JsonObject): JsonObject {
  const result: Record<string, JsonValue> = Object.assign(Object.create(null), weak);
  for (const [key, value] of Object.entries(strong)) {
    if (value === null) continue;
    const below = result[key];
    result[key] = isObject(value) ? merge(isObject(below) ? below : Object.create(null), value) : value;
  }
  return result;
}

/** The value at `path`, `undefined` if there is none or it is `null`. */
export function valueAt(value: unknown, path: KeyPath): JsonValue | undefined {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<string | number, unknown>)[part];
  }
  return (current ?? undefined) as JsonValue | undefined;
}

/** Layers that have a value at `path`, strongest first. */
export function layersWith(layers: readonly LayerValues[], path: KeyPath): LayerValues[] {
  return layers.filter((layer) => valueAt(layer.value, path) !== undefined).reverse();
}

/** Where `path`, or the nearest key above it, stands in the layer. */
export function placeOf(layer: LayerValues, path: KeyPath): Place {
  for (let length = path.length; length > 0; length--) {
    const place = layer.places.get(formatKey(path.slice(0, length)));
    if (place) return place;
  }
  return nowhere;
}

/** True for what layers merge by key. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
