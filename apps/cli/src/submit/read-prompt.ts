import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { normalizePrompt, ProtocolError } from '@tale/protocol';
import { CommandError } from '../command-error.js';

/** Beyond this no text is short enough: a UTF-16 unit takes three bytes at most, and the limit is 100,000 units. */
const mostBytes = 1 << 20;

/** Where the prompt comes from. */
export interface PromptOrigin {
  /** The argument. */
  readonly text: string | undefined;
  /** `--file` */
  readonly file: string | undefined;
  /** Opened when it is read: an open stdin costs start-up time. */
  readonly stdin: () => Readable;
  readonly signal: AbortSignal;
}

/**
 * The prompt, ready to be sent. Bytes are UTF-8; what is not becomes U+FFFD.
 *
 * @throws {@link CommandError} `prompt-empty`, `prompt-too-long`, `usage`
 */
export async function readPrompt({ text, file, stdin, signal }: PromptOrigin): Promise<string> {
  if (text !== undefined && file !== undefined) {
    throw new CommandError('usage', 'The text is given twice: as an argument and by --file.');
  }
  if (file !== undefined && file !== '-') return normalize(await readFileText(file, signal));
  if (text === '-' || file === '-') return normalize(await readText(stdin(), signal));
  if (text !== undefined) return normalize(text);
  throw new CommandError('usage', 'The text of the task is missing.', {
    hint: 'tale submit "what to do", or tale submit - to read it from stdin',
  });
}

function normalize(text: string): string {
  try {
    return normalizePrompt(text);
  } catch (error) {
    if (!ProtocolError.isInstance(error)) throw error;
    throw new CommandError(error.code, error.message, { details: { limitCharacters: error.limitCharacters } });
  }
}

async function readFileText(path: string, signal: AbortSignal): Promise<string> {
  const stream = createReadStream(path);
  try {
    return await readText(stream, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new CommandError('usage', `Cannot read ${path} (${code}).`, { cause: error, details: { path, code } });
  } finally {
    stream.destroy();
  }
}

/** Reads to the end, or until it is certain that the text is too long. */
async function readText(stream: Readable, signal: AbortSignal): Promise<string> {
  const aborted = new Promise<never>((_, reject) => {
    const refuse = () => {
      reject(signal.reason);
      stream.destroy(); // an open stdin would keep the process alive
    };
    if (signal.aborted) refuse();
    else signal.addEventListener('abort', refuse, { once: true });
  });
  const chunks: Buffer[] = [];
  const read = async () => {
    let bytes = 0;
    for await (const chunk of stream) {
      const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      chunks.push(buffer);
      bytes += buffer.length;
      if (bytes > mostBytes) break;
    }
    return new TextDecoder().decode(Buffer.concat(chunks));
  };
  return Promise.race([read(), aborted]);
}
