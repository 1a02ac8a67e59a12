import type { TokenProvider } from './links/auth.js';
import type { BreakerOptions } from './links/circuit-breaker.js';
import type { UpstreamLimits } from './links/limits.js';
import type { Clock, Implementation, Progress, ToolAnnotations } from './types.js';
import type { ToolOutcome } from './wire/tool-outcome.js';

/** A server of the pool. */
export interface ServerOptions {
  /** Its address; `/mcp` is added when it has no path. */
  readonly url: string;
  /** Bearer token, or how to read it. @defaultValue none is sent */
  readonly token?: TokenProvider;
  /** Believe `readOnlyHint` and `idempotentHint` of its tools; for servers of your own. @defaultValue `false` */
  readonly trustHints?: boolean;
  /** How much it gets at once. */
  readonly limits?: UpstreamLimits;
  /** When it is left alone. */
  readonly breaker?: BreakerOptions;
}

/** Options of `createMcpPool`. */
export interface McpPoolOptions<Name extends string = string> {
  /** The servers, by the name that calls use. */
  readonly servers: Readonly<Record<Name, ServerOptions>>;
  /** Who calls, as the servers see it. @defaultValue `{ name: 'tale', version: '1' }` */
  readonly client?: Implementation;
  /** Time. @defaultValue the system's */
  readonly clock?: Clock;
  /** Numbers in [0, 1) for the jitter of retries. @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** Options of one call. */
export interface CallOptions {
  /** Ends the call; the server is told by closing the stream. */
  readonly signal?: AbortSignal;
  /** Longest wait of one attempt for the answer or the next progress, ms. @defaultValue `60_000` */
  readonly timeoutMs?: number;
  /** Longest time of the whole call, ms. @defaultValue `600_000` */
  readonly totalMs?: number;
  /** Calls with equal keys run once on a server that honours keys; such a call is repeated after any passing failure. 1 to 256 characters. */
  readonly idempotencyKey?: string;
  /** Called with each report of the tool. */
  readonly onProgress?: (progress: Progress) => void;
  /** Throw the failure of the tool instead of returning it. @defaultValue `false` */
  readonly throwToolErrors?: boolean;
}

/** A tool as the server describes it. */
export interface ToolDescription {
  /** Its name. */
  readonly name: string;
  /** What it does. */
  readonly description?: string;
  /** JSON Schema of its arguments. */
  readonly inputSchema: Record<string, unknown>;
  /** Claims of the server about it. */
  readonly annotations?: ToolAnnotations;
}

/** Connections to MCP servers, each behind its own limits, retries and breaker. */
export interface McpPool<Name extends string = string> extends AsyncDisposable {
  /**
   * Calls a tool. A failure of the tool is a result, unless `throwToolErrors`.
   * @throws `McpTransportError`
   */
  callTool(server: Name, name: string, args?: object, options?: CallOptions): Promise<ToolOutcome>;
  /** All tools of a server. @throws `McpTransportError` */
  listTools(server: Name, options?: Pick<CallOptions, 'signal' | 'timeoutMs'>): Promise<readonly ToolDescription[]>;
  /** Ends all calls with `closed` and all connections. */
  close(): Promise<void>;
}
