import type { Document } from './jsonc/parse-document.js';
import type { LayerValues, Place } from './layers.js';
import { type ConfigText, readConfigFile } from './read-config-file.js';
import type { Layer, Problem } from './types.js';

/** A layer that is a file. */
export interface FileLayer {
  readonly layer: LayerValues;
  readonly problems: readonly Problem[];
  /** What was read, for edits; `null` if there is no file or it has problems. */
  readonly source: { readonly content: ConfigText; readonly document: Document } | null;
}

/** Reads the file of a layer; a missing one is an empty layer. */
export async function readLayerFile(layer: Layer, file: string): Promise<FileLayer> {
  const content = await readConfigFile(file, layer === 'project' ? 'shared' : 'private');
  if (content === null) return { layer: emptyLayer(layer, file), problems: [], source: null };
  return parseLayerText(layer, file, content);
}

/** Reads the text of a layer. */
export async function parseLayerText(layer: Layer, file: string, content: ConfigText): Promise<FileLayer> {
  const { parseDocument } = await import('./jsonc/parse-document.js'); // only where there is a file
  const document = parseDocument(content.text);
  if ('value' in document) {
    const places = new Map<string, Place>();
    for (const [key, position] of document.places) places.set(key, { ...position, variable: null });
    return {
      layer: { layer, file, value: document.value, places, ignored: [] },
      problems: [],
      source: { content, document },
    };
  }
  const problems = document.map((problem) => ({ ...problem, layer, file, variable: null, suggestion: null }));
  return { layer: emptyLayer(layer, file), problems, source: null };
}

function emptyLayer(layer: Layer, file: string): LayerValues {
  return { layer, file, value: Object.create(null), places: new Map(), ignored: [] };
}
