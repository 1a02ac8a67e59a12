import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { normalizePrompt, ProtocolError } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import { describeSystemError } from '../system-error.js';

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
  /** Told how many characters were no text (bad UTF-8, NUL, half a surrogate pair) and became U+FFFD, if any. */
  readonly onReplaced?: (count: number) => void;
}

/**
 * The prompt, ready to be sent. Bytes are UTF-8; what is not becomes U+FFFD.
 *
 * @throws {@link CommandError} `prompt-empty`, `prompt-too-long`, `usage`
 */
export async function readPrompt({ text, file, stdin, signal, onReplaced }: PromptOrigin): Promise<string> {
  const { read, genuine } = await readOrigin();
  const prompt = normalize(read);
  const replaced = countReplacements(prompt) - genuine;
  if (replaced > 0) onReplaced?.(replaced);
  return prompt;

  async function readOrigin(): Promise<OriginText> {
    if (text !== undefined && file !== undefined) {
      throw new CommandError('usage', 'The text is given twice: as an argument and by --file.');
    }
    if (file !== undefined && file !== '-') return readFileText(file, signal);
    if (text === '-' || file === '-') return readText(stdin(), signal);
    // Node has replaced what was not valid in an argument; a U+FFFD that somebody typed is not told from that.
    if (text !== undefined) return { read: text, genuine: 0 };
    throw new CommandError('usage', 'The text of the task is missing.', {
      hint: 'tale submit "what to do", or tale submit - to read it from stdin',
    });
  }
}

/** A text, and how many U+FFFD of it stood there from the beginning. */
interface OriginText {
  readonly read: string;
  readonly genuine: number;
}

function countReplacements(text: string): number {
  return text.split('\uFFFD').length - 1;
}

function normalize(text: string): string {
  try {
    return normalizePrompt(text);
  } catch (error) {
    if (!ProtocolError.isInstance(error)) throw error;
    throw new CommandError(error.code, error.message, { details: { limitCharacters: error.limitCharacters } });
  }
}

async function readFileText(path: string, signal: AbortSignal): Promise<OriginText> {
  const stream = createReadStream(path);
  try {
    return await readText(stream, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new CommandError('usage', `Cannot read ${path}: ${describeSystemError(code)}.`, {
      cause: error,
      details: { path, code },
    });
  } finally {
    stream.destroy();
  }
}

/** Reads to the end, or until it is certain that the text is too long. */
async function readText(stream: Readable, signal: AbortSignal): Promise<OriginText> {
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
    const bytesRead = Buffer.concat(chunks);
    return { read: new TextDecoder().decode(bytesRead), genuine: countGenuine(bytesRead) };
  };
  return Promise.race([read(), aborted]);
}

/** U+FFFD that stands in valid UTF-8: its first byte is never in the middle of a character. */
function countGenuine(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf('\uFFFD'); at >= 0; at = bytes.indexOf('\uFFFD', at + 3)) count += 1;
  return count;
}
