import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { askSecret, type SecretInput } from '../../src/terminal/ask-secret.js';

/** A terminal as far as it is needed; a real one is not there in a test. */
function terminal() {
  const modes: boolean[] = [];
  const emitter = new EventEmitter();
  const input = Object.assign(emitter, {
    setRawMode: (isRaw: boolean) => modes.push(isRaw),
    resume: () => undefined,
    pause: () => undefined,
  }) as unknown as SecretInput;
  return { input, modes, type: (text: string) => emitter.emit('data', Buffer.from(text)) };
}

it('reads up to Enter without showing anything, and gives the terminal back', async () => {
  const { input, modes, type } = terminal();
  const answer = askSecret(input);
  for (const text of ['sk', '-aX', '\u007f', 'bü', '\r']) type(text);
  expect(await answer).toBe('sk-abü');
  expect(modes).toEqual([true, false]);
});

it('takes a pasted line as a whole, and nothing behind its end', async () => {
  const { input, type } = terminal();
  const answer = askSecret(input);
  type('sk-pasted\nmore');
  expect(await answer).toBe('sk-pasted');
});

it('resolves with null after Ctrl+C', async () => {
  const { input, modes, type } = terminal();
  const answer = askSecret(input);
  type('sk\u0003');
  expect(await answer).toBeNull();
  expect(modes).toEqual([true, false]);
});
