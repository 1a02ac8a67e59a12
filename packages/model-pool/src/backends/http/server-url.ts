import { poolError } from '../../calls/call-error.js';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An address taken apart. */
export interface ServerUrl {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Path without a slash at its end; empty for the root. */
  readonly path: string;
  /** `local` for this machine, else host and port. */
  readonly device: string;
}

/** Reads the address of a backend. @throws ModelPoolError `configuration` */
export function parseServerUrl(name: string, url: string): ServerUrl {
  try {
    const { protocol, origin, pathname, hostname, host } = new URL(url);
    if (protocol === 'http:' || protocol === 'https:')
      return { origin, path: pathname.replace(/\/+$/, ''), device: loopback.has(hostname) ? 'local' : host };
  } catch {}
  throw poolError('configuration', `backend ${name}: ${url} is no http url`, { backend: name });
}
