import { LocalEngineError } from '../errors.js';

const blockBytes = 512;

/**
 * The bytes of one regular file of a tar archive, found by its exact path. Nothing else of the archive is used, and no path of it
 * ever reaches the disk.
 *
 * @throws {@link LocalEngineError} `source-failed` for an archive that is cut off or broken, or lacks the file
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export async function* readTarEntry(archive: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
  const chunks = archive[Symbol.asyncIterator]();
  let buffer: Buffer = Buffer.alloc(0);

  /** At most `most` bytes, at least one. */
  const some = async (most: number): Promise<Buffer> => {
    while (buffer.length === 0) {
      const next = await chunks.next();
      if (next.done) throw broken('it is cut off');
      buffer = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    const taken = buffer.subarray(0, most);
    buffer = buffer.subarray(taken.length);
    return taken;
  };
  const block = async (): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for (let left = blockBytes; left > 0; ) {
      const piece = await some(left);
      pieces.push(piece);
      left -= piece.length;
    }
    return Buffer.concat(pieces);
  };

  try {
    for (;;) {
      const header = await block();
      if (header.every((byte) => byte === 0)) throw broken(`it holds no file ${path}`);
      const { name, type, size } = parseHeader(header);
      const isWanted = name === path;
      if (isWanted && type !== '0') throw broken(`${path} is no regular file`);
      for (let left = size; left > 0; ) {
        const piece = await some(left);
        if (isWanted) yield piece;
        left -= piece.length;
      }
      if (isWanted) return;
      for (let left = (blockBytes - (size % blockBytes)) % blockBytes; left > 0; ) left -= (await some(left)).length;
    }
  } finally {
    await chunks.return?.();
  }
}

function parseHeader(header: Buffer): { name: string; type: string; size: number } {
  const text = (from: number, length: number) => {
    const field = header.subarray(from, from + length);
    const end = field.indexOf(0);
    return field.subarray(0, end === -1 ? length : end).toString('utf8');
  };
  const octal = (from: number, length: number) => {
    const digits = text(from, length).trim();
    if (!/^[0-7]{1,12}$/.test(digits)) throw broken('a number of its header cannot be read');
    return Number.parseInt(digits, 8);
  };
  let sum = 0;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  if (octal(148, 8) !== sum) throw broken('the checksum of a header is wrong');
  const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
  const type = text(156, 1);
  return {
    name: prefix ? `${prefix}/${text(0, 100)}` : text(0, 100),
    type: type === '' ? '0' : type,
    size: octal(124, 12),
  };
}

function broken(what: string): LocalEngineError {
  return new LocalEngineError('source-failed', `the package is not usable: ${what}`);
}
