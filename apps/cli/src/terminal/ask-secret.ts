import type { ReadStream } from 'node:tty';

/** What of a terminal is needed. */
export type SecretInput = Pick<ReadStream, 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>;

const enter = new Set(['\r', '\n', '\u0004']);
const backspace = new Set(['\u007f', '\b']);

/** Reads a line from a terminal that does not show it; `null` after Ctrl+C. */
export function askSecret(input: SecretInput): Promise<string | null> {
  return new Promise((resolve) => {
    let text = '';
    const end = (answer: string | null) => {
      input.off('data', onData);
      input.setRawMode(false);
      input.pause();
      resolve(answer);
    };
    const onData = (chunk: Buffer) => {
      for (const character of chunk.toString('utf8')) {
        if (character === '\u0003') return end(null);
        if (enter.has(character)) return end(text);
        text = backspace.has(character) ? text.slice(0, -1) : text + character;
      }
    };
    input.setRawMode(true);
    input.on('data', onData);
    input.resume();
  });
}
