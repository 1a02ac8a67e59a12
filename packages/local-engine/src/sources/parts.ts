import type { PartialFile } from '../types.js';

/** Consecutive parts of a file. */
interface Part {
  readonly bytes: number;
}

/**
 * Appends the parts that a file does not hold yet. A part that was cut off is dropped and fetched again.
 *
 * @param fetchPart appends one part, whole or not at all
 */
export async function appendParts<SomePart extends Part>(
  parts: readonly SomePart[],
  file: PartialFile,
  onProgress: (doneBytes: number) => void,
  fetchPart: (part: SomePart, startBytes: number) => Promise<void>,
): Promise<void> {
  const present = await file.size();
  let startBytes = 0;
  for (const part of parts) {
    const endBytes = startBytes + part.bytes;
    if (endBytes > present) {
      await file.truncate(startBytes);
      await fetchPart(part, startBytes);
    }
    onProgress(endBytes);
    startBytes = endBytes;
  }
}
