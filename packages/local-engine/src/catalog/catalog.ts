import { readFile } from 'node:fs/promises';
import { LocalEngineError } from '../errors.js';
import type { CatalogEntry } from '../types.js';
import entries from './entries.json' with { type: 'json' };
import { parseModelName } from './model-name.js';
import { parseCatalog } from './schema.js';

/** Models by name and alias. */
export interface Catalog {
  /** All entries. */
  readonly entries: readonly CatalogEntry[];
  /** The entry with this name or alias. */
  find(name: string): CatalogEntry | null;
}

/** The models that this package knows: each with size, SHA-256 and sources. */
export function builtInCatalog(): readonly CatalogEntry[] {
  return parseCatalog(entries, 'the built-in catalogue');
}

/** Later entries replace earlier ones of the same name or alias. */
export function createCatalog(all: readonly CatalogEntry[]): Catalog {
  const byName = new Map(all.map((entry) => [entry.name, entry]));
  const lastFirst = [...byName.values()].reverse();
  return {
    entries: [...byName.values()],
    find(name) {
      const full = parseModelName(name);
      const written = name.trim().toLowerCase();
      const isAlias = (alias: string) => alias === written || alias === full;
      return byName.get(full) ?? lastFirst.find((entry) => entry.aliases.some(isAlias)) ?? null;
    },
  };
}

/**
 * Reads the user's own entries; none where the file does not exist.
 *
 * @throws {@link LocalEngineError} `invalid-catalog`
 */
export async function readUserCatalog(path: string): Promise<CatalogEntry[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new LocalEngineError('invalid-catalog', `${path} cannot be read`, { cause: error });
  }
  try {
    return parseCatalog(JSON.parse(text), path);
  } catch (error) {
    if (LocalEngineError.isInstance(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LocalEngineError('invalid-catalog', `${path} is not JSON: ${reason}`, { cause: error });
  }
}
