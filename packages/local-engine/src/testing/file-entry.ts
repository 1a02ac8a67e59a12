import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { CatalogEntry } from '../types.js';

/**
 * A catalogue entry whose only source is a file of this machine, such as one of {@link writeTinyGguf}.
 *
 * @param capabilities what the model can do; `completion` when it is not said
 */
export async function fileEntry(
  name: string,
  path: string,
  capabilities: readonly string[] = ['completion'],
): Promise<CatalogEntry> {
  const content = await readFile(path);
  return {
    name,
    aliases: [],
    license: 'MIT',
    capabilities,
    contextTokens: 2_048,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    sources: [{ kind: 'file', path }],
  };
}
