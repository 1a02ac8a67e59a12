import { open } from 'node:fs/promises';

const blockBytes = 4_194_304;

/** Which of the texts stand in the bytes of the files, such as a database after `forget`; files that are not there hold none. */
export async function scanFiles(files: readonly string[], texts: readonly string[]): Promise<Set<string>> {
  const needles = texts.map((text) => ({ text, bytes: Buffer.from(text) })).filter(({ bytes }) => bytes.length > 0);
  const overlap = Math.max(0, ...needles.map(({ bytes }) => bytes.length - 1));
  const found = new Set<string>();
  for (const file of files) {
    for await (const block of readBlocks(file, overlap)) {
      for (const { text, bytes } of needles) if (!found.has(text) && block.includes(bytes)) found.add(text);
    }
  }
  return found;
}

async function* readBlocks(file: string, overlap: number): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!handle) return;
  try {
    const buffer = Buffer.alloc(overlap + blockBytes);
    for (let kept = 0; ; ) {
      const { bytesRead } = await handle.read(buffer, kept, blockBytes);
      if (bytesRead === 0) return;
      const length = kept + bytesRead;
      yield buffer.subarray(0, length);
      kept = Math.min(overlap, length);
      buffer.copyWithin(0, length - kept, length);
    }
  } finally {
    await handle.close();
  }
}
