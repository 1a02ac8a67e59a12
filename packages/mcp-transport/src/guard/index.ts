export { McpTransportError, type McpTransportErrorCode, type McpTransportErrorOptions } from '../errors.js';
export type { Clock, ErrorEnvelope, Logger, Principal } from '../types.js';
export {
  createGuard,
  type Guard,
  type GuardOptions,
  type GuardPass,
  type GuardSettings,
  type RefusalFacts,
} from './guard.js';
export { createGuardedHttpServer, type GuardedHttpServerOptions, type RequestHandler } from './http-server.js';
export { type BodyCaps, readJsonBody } from './request-body.js';
export type { TokenSource } from './tokens.js';
