import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Guard, GuardSettings } from '../guard/guard.js';
import type { TokenSource } from '../guard/tokens.js';
import type { Clock, Implementation, LedgerPort, Logger, McpTool } from '../types.js';
import type { HealthOptions } from './health.js';
import type { ServerLimits } from './limits.js';

/** Who may call. */
export interface AuthOptions {
  /** The bearer tokens that are accepted. */
  readonly tokens: TokenSource;
}

/** Time limits of a server. */
export interface ServerTimeouts {
  /** Of one call, where the tool has none of its own, ms. @defaultValue `600_000` */
  readonly callMs?: number;
  /** Between two signs of life on a silent stream, ms. @defaultValue `15_000` */
  readonly keepAliveMs?: number;
}

/** Options of `createMcpServer`. */
export interface McpServerOptions {
  /** Name and version of the server; the name is the `source` of its errors. */
  readonly info: Implementation;
  /** Its tools. */
  readonly tools: readonly McpTool[];
  /** Who may call. Left out only where `guard` is a ready guard. */
  readonly auth?: AuthOptions;
  /**
   * Settings of the guard, or a ready one that an app also puts in front of its own routes; such a one lets `/health`
   * and `/ready` through without a token only if its `public` says so.
   */
  readonly guard?: Guard | GuardSettings;
  /** Rate limits. */
  readonly limits?: ServerLimits;
  /** Time limits. */
  readonly timeouts?: ServerTimeouts;
  /** Where results of keyed calls are kept. @defaultValue in memory: 10 000 results, 16 MiB, a day */
  readonly idempotency?: LedgerPort;
  /** What `/health` and `/ready` say. */
  readonly health?: HealthOptions;
  /** Diagnostics. @defaultValue silent */
  readonly logger?: Logger;
  /** Time. @defaultValue the system's */
  readonly clock?: Clock;
}

/** Where a server listens. */
export interface ListenAddress {
  /** Address with `http://`, without a path. */
  readonly url: string;
  /** Port. */
  readonly port: number;
}

/** Where a server is to listen. */
export interface ListenOptions {
  /** A loopback address. @defaultValue `'127.0.0.1'` */
  readonly host?: string;
  /** Port; 0 is a free one. @defaultValue `0` */
  readonly port?: number;
}

/** How a server is closed. */
export interface CloseOptions {
  /** How long calls in flight may go on, ms. @defaultValue `5_000` */
  readonly graceMs?: number;
}

/** An MCP server for the paths `/mcp`, `/health` and `/ready`. */
export interface McpServer extends AsyncDisposable {
  /** Answers a request of its paths, guard included; `false` when the path is not one of them. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /**
   * Opens a port of its own, on a loopback address only.
   * @throws McpTransportError `forbidden` for another address, `connect` with the system's error as `cause`, `closed`
   */
  listen(options?: ListenOptions): Promise<ListenAddress>;
  /**
   * Takes nothing new (503, `Retry-After`), lets calls in flight end for `graceMs`, then aborts the rest and closes
   * the connections of its own port.
   */
  close(options?: CloseOptions): Promise<void>;
}
