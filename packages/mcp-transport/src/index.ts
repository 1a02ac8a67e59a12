export { createMcpPool } from './client-pool.js';
export { defineTool } from './define-tool.js';
export { McpTransportError, type McpTransportErrorCode, type McpTransportErrorOptions } from './errors.js';
export type { Guard, GuardPass, GuardSettings, RefusalFacts } from './guard/guard.js';
export type { BodyCaps } from './guard/request-body.js';
export type { TokenSource } from './guard/tokens.js';
export type { TokenProvider } from './links/auth.js';
export type { BreakerOptions } from './links/circuit-breaker.js';
export type { UpstreamLimits } from './links/limits.js';
export type { CallOptions, McpPool, McpPoolOptions, ServerOptions, ToolDescription } from './pool-types.js';
export type { HealthOptions } from './server/health.js';
export type { ServerLimits } from './server/limits.js';
export { createMcpServer } from './server/server.js';
export type {
  AuthOptions,
  CloseOptions,
  ListenAddress,
  ListenOptions,
  McpServer,
  McpServerOptions,
  ServerTimeouts,
} from './server/server-types.js';
export type {
  Clock,
  ContentBlock,
  ErrorEnvelope,
  Implementation,
  InputSchema,
  JsonSchema,
  LedgerKey,
  LedgerPort,
  LedgerRecord,
  Logger,
  McpTool,
  PathSegment,
  Principal,
  Progress,
  RateLimit,
  SchemaFailure,
  SchemaIssue,
  SchemaResult,
  SchemaSuccess,
  SchemaTypes,
  ToolAnnotations,
  ToolContext,
  ToolResult,
} from './types.js';
export type { ToolOutcome } from './wire/tool-outcome.js';
