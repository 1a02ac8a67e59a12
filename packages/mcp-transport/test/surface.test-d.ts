import type { IncomingMessage, ServerResponse } from 'node:http';
import { expectTypeOf } from 'vitest';
import * as z from 'zod';
import * as mini from 'zod/mini';
import { createGuard, type Guard, type GuardPass, readJsonBody } from '../src/guard/index.js';
import {
  createMcpPool,
  createMcpServer,
  defineTool,
  type ErrorEnvelope,
  type LedgerPort,
  type McpServer,
  type McpTool,
  type McpTransportError,
  type ToolOutcome,
} from '../src/index.js';
import { callTool, getJson, readEvents, type ServerSentEvent } from '../src/light/index.js';

expectTypeOf(createMcpServer).returns.toEqualTypeOf<McpServer>();
expectTypeOf<McpServer['handle']>().toEqualTypeOf<
  (request: IncomingMessage, response: ServerResponse) => Promise<boolean>
>();
expectTypeOf<McpServer['listen']>().returns.resolves.toEqualTypeOf<{ readonly url: string; readonly port: number }>();

const pool = createMcpPool({ servers: { gateway: { url: 'http://127.0.0.1:1', token: 't' } } });
expectTypeOf(pool.callTool).parameter(0).toEqualTypeOf<'gateway'>();
expectTypeOf(pool.callTool).returns.resolves.toEqualTypeOf<ToolOutcome>();

// the schema types the arguments, and tools of all kinds go into one list
const one = defineTool({
  ...{ name: 'one', description: '' },
  input: z.object({ text: z.string() }),
  run: (args) => {
    expectTypeOf(args).toEqualTypeOf<{ text: string }>();
    return { structured: args };
  },
});
const two = defineTool({
  ...{ name: 'two', description: '' },
  input: mini.object({ count: mini._default(mini.number(), 1) }),
  run: (args) => {
    expectTypeOf(args).toEqualTypeOf<{ count: number }>();
    return { content: [{ type: 'text', text: 'x' }] };
  },
});
expectTypeOf([one, two]).toExtend<readonly McpTool[]>();

expectTypeOf(callTool<{ taskId: string }>).returns.resolves.toEqualTypeOf<{ taskId: string }>();
expectTypeOf(getJson<number>).returns.resolves.toEqualTypeOf<number>();
expectTypeOf(readEvents).returns.toEqualTypeOf<AsyncGenerator<ServerSentEvent, void, undefined>>();

expectTypeOf(createGuard).returns.toEqualTypeOf<Guard>();
expectTypeOf<Guard>().returns.resolves.toEqualTypeOf<GuardPass | null>();
expectTypeOf(readJsonBody).returns.resolves.toEqualTypeOf<unknown>();

expectTypeOf<McpTransportError['envelope']>().toEqualTypeOf<ErrorEnvelope | null>();
expectTypeOf<Parameters<LedgerPort['read']>[0]>().toEqualTypeOf<{
  readonly principal: string;
  readonly tool: string;
  readonly key: string;
}>();
