import { LocalEngineError } from '../errors.js';

/** The chunks of a body; fails when none comes for `idleMs` or more than `limitBytes` come. */
export async function* untilIdle(
  body: ReadableStream<Uint8Array>,
  idleMs: number,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let leftBytes = limitBytes;
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const idle = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no bytes for ${idleMs / 1000} s`)), idleMs);
      });
      const chunk = await Promise.race([reader.read(), idle]).finally(() => clearTimeout(timer));
      if (chunk.done) return;
      leftBytes -= chunk.value.byteLength;
      if (leftBytes < 0) throw new LocalEngineError('source-failed', 'the server sends more bytes than the file has');
      yield chunk.value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
