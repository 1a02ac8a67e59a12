import type { RateLimit } from './types.js';

/** Buckets by key, at most `maxKeys`; the one used longest ago goes first. */
export interface TokenBuckets {
  /** Takes one token of `key`. 0 when there was one, else the ms until the next. */
  take(key: string, nowMs: number): number;
}

/** Token buckets that all have the same limit. */
export function createTokenBuckets(limit: RateLimit, maxKeys = 1_000): TokenBuckets {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take(key, nowMs) {
      const known = buckets.get(key);
      buckets.delete(key);
      const elapsedMs = known ? Math.max(0, nowMs - known.atMs) : 0;
      const tokens = known ? Math.min(limit.burst, known.tokens + (elapsedMs / 1_000) * limit.perSecond) : limit.burst;
      const left = tokens >= 1 ? tokens - 1 : tokens;
      buckets.set(key, { tokens: left, atMs: nowMs });
      if (buckets.size > maxKeys) {
        for (const oldest of buckets.keys()) {
          buckets.delete(oldest);
          break;
        }
      }
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / limit.perSecond) * 1_000);
    },
  };
}
