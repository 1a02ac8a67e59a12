import type { CatalogEntry, FirstRunFailure } from '@tale/local-engine';

/** The step up from what is fetched unasked. */
const better = 'qwen2.5:1.5b';

/**
 * What to say about better models after a first run: a pull is only recommended where none of its sources failed just now, and
 * whether they answer is said to be open where none of them was asked.
 */
export function adviseBetterModels(
  catalog: readonly Pick<CatalogEntry, 'name' | 'bytes' | 'sources'>[],
  failures: readonly Pick<FirstRunFailure, 'attempts'>[],
  fetched: ReadonlySet<string>,
): string {
  const kindsOf = (name: string) => catalog.find((entry) => entry.name === name)?.sources.map(({ kind }) => kind) ?? [];
  const failed = new Set(failures.flatMap(({ attempts }) => attempts.map(({ source }) => source)));
  const entry = catalog.find(({ name }) => name === better);
  const open = kindsOf(better).filter((kind) => !failed.has(kind));
  if (entry === undefined || open.length === 0)
    return 'For better answers: start Ollama, or bring a file: local-engine add <file.gguf>.';
  const answered = new Set([...fetched].flatMap((name) => (kindsOf(name).length === 1 ? kindsOf(name) : [])));
  const isOpen = open.some((kind) => answered.has(kind)) ? '' : `, whose source (${open.join(', ')}) was not tried yet`;
  const size = `${(entry.bytes / 1e9).toFixed(1)} GB`;
  return `For better answers: tale models pull ${better} (${size})${isOpen}, then tale servers restart models; or start Ollama.`;
}
