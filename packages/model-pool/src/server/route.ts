import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Logger } from '../types.js';
import type { ServedPool } from './served-pool.js';

/** What every route works with. */
export interface RouteParts {
  /** The pool. */
  readonly pool: ServedPool;
  /** Who failed, in error envelopes. */
  readonly source: string;
  /** Largest body, bytes. */
  readonly maxBodyBytes: number;
  /** How often a silent stream shows that it lives, ms. */
  readonly keepAliveMs: number;
  /** Time. */
  readonly clock: Clock;
  /** Log lines. */
  readonly logger: Logger;
}

/** A request with its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What stands for `<id>` in the path, decoded; empty where the route has none. */
  readonly id: string;
  /** Ends when the client leaves. */
  readonly signal: AbortSignal;
}

/** A route of the handler. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** The whole path; with a slash at its end it stands before an id. */
  readonly path: string;
  /** What an id looks like in the path; anything where it is left out. */
  readonly ids?: RegExp | undefined;
  /** Answers. What it throws before it began to answer is answered by `fail`. */
  run(exchange: Exchange): Promise<void> | void;
  /** Answers with an error. */
  fail(response: ServerResponse, error: unknown): void;
}
