import type { IncomingMessage, ServerResponse } from 'node:http';
import { type NodeIncomingMessageLike, toNodeHandler } from '@modelcontextprotocol/node';
import { type CallToolResult, createMcpHandler, Server } from '@modelcontextprotocol/server';
import { idempotencyExtension, idempotencyKeyKey, keepAliveKey } from '../names.js';
import type { Clock, Implementation, Logger, Principal, Progress } from '../types.js';
import type { ToolCall } from './dispatch.js';
import type { WireResult } from './tool-result.js';
import type { ToolTable } from './tool-table.js';

/** The modern era on the SDK: one low-level server a request over one shared table. */
export interface ModernEndpoint {
  /** Answers a request that passed the guard; resolves when the answer is written or the client is gone. */
  handle(request: IncomingMessage, response: ServerResponse, body: unknown, principal: Principal): Promise<void>;
  /** Aborts everything in flight. */
  close(): Promise<void>;
}

/** What the endpoint serves. */
export interface ModernOptions {
  readonly info: Implementation;
  readonly table: ToolTable;
  readonly dispatch: (call: ToolCall) => Promise<WireResult>;
  readonly keepAliveMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A call without any report opens its stream after this time, so that keep-alives flow. */
const firstNoticeMs = 5_000;

/** Builds the endpoint. */
export function createModernEndpoint(options: ModernOptions): ModernEndpoint {
  const { info, table, dispatch, keepAliveMs, clock, logger } = options;
  const capabilities = { tools: {}, extensions: { [idempotencyExtension]: {} } };
  const handler = createMcpHandler(
    ({ authInfo }) => {
      const server = new Server({ ...info }, { capabilities });
      server.setRequestHandler('tools/list', () => ({ tools: [...table.list] }));
      server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
        const token = mcpReq._meta?.progressToken;
        let hasReported = false;
        const progress = ({ progress: value, total, message, meta }: Progress) => {
          if (token === undefined) return;
          hasReported = true;
          const report = { progressToken: token, progress: value, total, message, _meta: meta };
          mcpReq.notify({ method: 'notifications/progress', params: report }).catch((error: unknown) => {
            logger.debug({ error }, 'a progress report did not reach the client');
          });
        };
        const stop = clock.after(firstNoticeMs, () => {
          if (!hasReported) progress({ progress: 0, meta: { [keepAliveKey]: true } });
        });
        try {
          const result = await dispatch({
            name: params.name,
            args: params.arguments ?? {},
            principal: { id: authInfo?.clientId ?? 'anonymous' },
            idempotencyKey: mcpReq._meta?.[idempotencyKeyKey],
            signal: mcpReq.signal,
            progress,
          });
          return result as CallToolResult;
        } finally {
          stop();
        }
      });
      return server;
    },
    {
      legacy: 'reject',
      keepAliveMs,
      onerror: (error) => logger.warn({ error: error.message }, 'a request was refused or failed'),
    },
  );
  const node = toNodeHandler(handler);
  return {
    handle(request, response, body, principal) {
      const auth = { token: '', clientId: principal.id, scopes: [] }; // the token itself goes no further
      return node(Object.assign(request, { auth }) as NodeIncomingMessageLike, response, body);
    },
    close: () => handler.close(),
  };
}
