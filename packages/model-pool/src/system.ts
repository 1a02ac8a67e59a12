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

const alphabet = Buffer.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ');

/** Digits of the time, and of the random part. */
const [timeDigits, randomDigits] = [10, 16] as const;

/** Random numbers are taken for so many ids at once: one id at a time, taking them is most of the work. */
const batch = 256;

/** Makes ULIDs: 48 bits of time, 80 random ones. @see https://github.com/ulid/spec */
export function createUlids(now: () => number = Date.now): () => Id {
  const digits = Buffer.alloc(timeDigits + randomDigits);
  let random = Buffer.alloc(0);
  let used = 0;
  let writtenMs = Number.NaN;
  const digit = (value: number) => alphabet[value & 31] as number;
  return () => {
    const nowMs = now();
    if (nowMs !== writtenMs) {
      writtenMs = nowMs;
      for (let index = timeDigits - 1, rest = nowMs; index >= 0; index--, rest = Math.floor(rest / 32))
        digits[index] = digit(rest % 32);
    }
    if (used === random.length) {
      random = randomBytes(randomDigits * batch);
      used = 0;
    }
    for (let index = 0; index < randomDigits; index++) digits[timeDigits + index] = digit(random[used++] as number);
    return digits.toString('latin1');
  };
}

/** A quarter of the characters, rounded up: within a factor of two for European languages. */
export function countQuarters(text: string): number {
  return Math.ceil(text.length / 4);
}
