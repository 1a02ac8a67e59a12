/** A model that does not fit the memory. */
export interface FakeShortage {
  /** What it needs. */
  readonly needBytes: number;
  /** What there is for it. */
  readonly availableBytes: number;
}

const sizes = ['KiB', 'MiB', 'GiB'] as const;

/** Bytes in the largest unit of which there is one. */
function sizeOf(bytes: number): string {
  const power = Math.min(sizes.length, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return power === 0 ? `${bytes} B` : `${(bytes / 2 ** (10 * power)).toFixed(1)} ${sizes[power - 1]}`;
}

/** How a server says that a model does not fit. */
export type ShortageWords = `model requires more system memory ${string}`;

/** The words of Ollama up to 0.29 and of local-engine, which come with the status 500. */
export function wordsOfShortage({ needBytes, availableBytes }: FakeShortage): ShortageWords {
  return `model requires more system memory (${sizeOf(needBytes)}) than is available (${sizeOf(availableBytes)})`;
}
