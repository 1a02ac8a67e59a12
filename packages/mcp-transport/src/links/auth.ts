import { McpTransportError } from '../errors.js';
import type { Link } from './link.js';

/** A token, or a function that reads it; the function is asked again when the server no longer accepts what it said. */
export type TokenProvider = string | (() => string | Promise<string>);

/** Puts the bearer token on each operation. */
export function auth(provider: TokenProvider | undefined): Link {
  if (typeof provider !== 'function') return (next) => (operation) => next({ ...operation, token: provider });
  let known: Promise<string> | undefined;
  const read = () => {
    known = Promise.resolve().then(provider);
    known.catch(() => {
      known = undefined;
    });
    return known;
  };
  return (next) => async (operation) => {
    const token = await (known ?? read());
    try {
      return await next({ ...operation, token });
    } catch (error) {
      if (!McpTransportError.isInstance(error) || error.code !== 'unauthorized') throw error;
      const fresh = (await known) === token ? await read() : await known;
      if (fresh === undefined || fresh === token) throw error;
      return next({ ...operation, token: fresh });
    }
  };
}
