/** Path of a key: names of objects and indexes of arrays. */
export type KeyPath = readonly (string | number)[];

const plainName = /^[A-Za-z0-9_-]+$/;
const segment = /\.?([A-Za-z0-9_-]+)|\[(\d+|"(?:[^"\\]|\\.)*")\]/y;

/** `['prices', 'qwen2.5:7b', 'tiers', 0]` → `prices["qwen2.5:7b"].tiers[0]`. */
export function formatKey(path: KeyPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number' || !plainName.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** The inverse of {@link formatKey}; `null` if `key` is not written like that. */
export function parseKey(key: string): KeyPath | null {
  const path: (string | number)[] = [];
  segment.lastIndex = 0;
  while (segment.lastIndex < key.length) {
    const isFirst = segment.lastIndex === 0;
    const dotted = key[segment.lastIndex] === '.';
    const match = segment.exec(key);
    if (!match || (match[1] !== undefined && dotted === isFirst)) return null;
    try {
      path.push(match[1] ?? (JSON.parse(match[2] ?? '') as string | number));
    } catch {
      return null; // not a JSON string between the quotes
    }
  }
  return path.length > 0 ? path : null;
}
