import { McpTransportError } from '../errors.js';
import { abortedBy } from '../wire/failure.js';
import type { Link } from './link.js';

/** How much one server gets at once. */
export interface UpstreamLimits {
  /** Calls in flight. @defaultValue `32` */
  readonly inFlight?: number;
  /** Calls that wait for a slot; one more fails with `overloaded`. @defaultValue `256` */
  readonly queued?: number;
}

/** Lets `inFlight` operations through and `queued` wait, first come, first served. */
export function limits({ inFlight = 32, queued = 256 }: UpstreamLimits): Link {
  let running = 0;
  const waiting: (() => void)[] = [];
  const release = () => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };
  const slot = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        waiting.splice(waiting.indexOf(start), 1);
        reject(signal.reason);
      };
      const start = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      waiting.push(start);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  return (next) => async (operation) => {
    const { server, method, attempt, signal } = operation;
    if (signal.aborted) throw abortedBy(signal.reason, operation);
    if (running < inFlight) running += 1;
    else if (waiting.length >= queued) {
      throw new McpTransportError('overloaded', `${queued} calls already wait for ${server}`, {
        ...{ server, method, attempt },
        retryable: true,
      });
    } else {
      await slot(signal).catch((reason) => {
        throw abortedBy(reason, { server, method, attempt });
      });
    }
    try {
      return await next(operation);
    } finally {
      release();
    }
  };
}
