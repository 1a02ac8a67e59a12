import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '../types.js';

/**
 * The tokens that are accepted: one (its principal is `owner`), several by the id of their principal, or a function that
 * says so at each request, so that a changed token holds at once.
 */
export type TokenSource = string | Readonly<Record<string, string>> | (() => string | Readonly<Record<string, string>>);

const hashOf = (token: string) => createHash('sha256').update(token).digest();

/** Compares tokens by their hashes, all of them and each in constant time. */
export function createTokenCheck(source: TokenSource): (presented: string) => Principal | null {
  const hashes = new Map<string, Buffer>();
  const knownHash = (token: string) => {
    const known = hashes.get(token) ?? hashOf(token);
    if (hashes.size > 1_000) hashes.clear();
    hashes.set(token, known);
    return known;
  };
  return (presented) => {
    const accepted = typeof source === 'function' ? source() : source;
    const entries = typeof accepted === 'string' ? [['owner', accepted] as const] : Object.entries(accepted);
    const hash = hashOf(presented);
    let principal: Principal | null = null;
    for (const [id, token] of entries) {
      if (timingSafeEqual(hash, knownHash(token)) && token !== '') principal = { id };
    }
    return principal;
  };
}

/** The token of an `Authorization` header: `null` without one, an empty text when it is of another kind. */
export function bearerOf(authorization: string | undefined): string | null {
  if (authorization === undefined) return null;
  return /^bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1] ?? '';
}
