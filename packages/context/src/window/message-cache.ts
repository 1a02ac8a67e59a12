import type { WindowMessage } from './window-data.js';

/** A message as a window took it. */
export interface CachedMessage {
  /** Check sum of its row: another one means that it was changed. */
  readonly crc: number;
  readonly message: WindowMessage;
  readonly createdAtMs: number;
  readonly isExact: boolean;
}

/** Messages of the last windows, so that a fit reads only what is new. */
export interface MessageCache {
  get(tokenizer: string, num: number, crc: number): CachedMessage | null;
  put(tokenizer: string, num: number, cached: CachedMessage): void;
  /** Lets go of all of them. */
  clear(): void;
}

/** Makes a cache that holds at most so many characters; what was put first goes first. */
export function createMessageCache(maxCharacters = 4_000_000): MessageCache {
  const cached = new Map<string, CachedMessage>();
  let characters = 0;
  const drop = (key: string, { message }: CachedMessage) => {
    cached.delete(key);
    characters -= message.text.length;
  };
  return {
    get(tokenizer, num, crc) {
      const found = cached.get(`${num} ${tokenizer}`);
      return found?.crc === crc ? found : null;
    },
    put(tokenizer, num, entry) {
      const key = `${num} ${tokenizer}`;
      const before = cached.get(key);
      if (before) drop(key, before);
      cached.set(key, entry);
      characters += entry.message.text.length;
      for (const [oldest, other] of cached) {
        if (characters <= maxCharacters || oldest === key) break;
        drop(oldest, other);
      }
    },
    clear() {
      cached.clear();
      characters = 0;
    },
  };
}
