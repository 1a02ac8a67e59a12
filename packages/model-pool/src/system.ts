import { randomBytes } from 'node:crypto';
import type { Clock, Id, Logger } from './types.js';

/** The system's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

const quiet = () => {};

/** Says nothing. */
export const silentLogger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID: 48 bits of time, 80 random ones. @see https://github.com/ulid/spec */
export function createUlid(nowMs: number = Date.now()): Id {
  let time = '';
  for (let rest = nowMs, digit = 0; digit < 10; digit++, rest = Math.floor(rest / 32))
    time = alphabet[rest % 32] + time;
  let text = time;
  for (const byte of randomBytes(16)) text += alphabet[byte & 31];
  return text;
}

/** A quarter of the characters, rounded up: within a factor of two for European languages. */
export function countQuarters(text: string): number {
  return Math.ceil(text.length / 4);
}
