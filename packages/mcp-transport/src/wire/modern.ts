import { envelopePrefix, idempotencyKeyKey, protocolVersion } from '../names.js';
import type { Implementation } from '../types.js';

/** A request of the modern era before it is written. */
export interface ModernRequest {
  readonly id: number | string;
  readonly method: string;
  readonly params?: Record<string, unknown>;
  readonly client: Implementation;
  readonly meta?: Record<string, unknown> | undefined;
  readonly idempotencyKey?: string | null | undefined;
  /** Set when progress is wanted. */
  readonly progressToken?: number | string | undefined;
}

/** The JSON-RPC body: every request carries the whole envelope, there is no session. */
export function modernBody(request: ModernRequest): string {
  return JSON.stringify({
    method: request.method,
    params: {
      ...request.params,
      _meta: {
        [`${envelopePrefix}protocolVersion`]: protocolVersion,
        [`${envelopePrefix}clientInfo`]: request.client,
        [`${envelopePrefix}clientCapabilities`]: {},
        ...request.meta,
        [idempotencyKeyKey]: request.idempotencyKey ?? undefined,
        progressToken: request.progressToken,
      },
    },
    jsonrpc: '2.0',
    id: request.id,
  });
}

/** The headers that must repeat what the body says, and the token. */
export function modernHeaders(method: string, name: unknown, token: string | undefined): Record<string, string> {
  return {
    ...(token && { authorization: `Bearer ${token}` }),
    'mcp-protocol-version': protocolVersion,
    'mcp-method': method,
    ...(typeof name === 'string' && { 'mcp-name': headerValue(name) }),
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
}

/** Printable ASCII without white space at either end, and not what a reader would take for the Base64 form. */
const plainHeader = /^(?!\s|=\?base64\?.*\?=$)[\t -~]+(?<!\s)$/;

/** A text as header value: as it is, or in the protocol's Base64 form where a header could not carry it. */
export const headerValue = (text: string): string =>
  plainHeader.test(text) ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`;

/** Where a server's MCP endpoint is: its base address plus `/mcp`, or the address itself when it has a path. */
export function endpointOf(url: string): URL {
  const endpoint = new URL(url);
  if (!/^https?:$/.test(endpoint.protocol)) throw new TypeError(`not an http address: ${url}`);
  if (endpoint.pathname === '/') endpoint.pathname = '/mcp';
  return endpoint;
}
