export { McpTransportError, type McpTransportErrorCode, type McpTransportErrorOptions } from '../errors.js';
export type { ErrorEnvelope, Progress, ServerSentEvent } from '../types.js';
export { callTool, type LightCall } from './call-tool.js';
export { getJson, type LightEventRead, type LightRead, readEvents } from './reads.js';
