import { type Context, createContext, migrateContext } from '@tale/context';
import { callTool, getJson } from '@tale/mcp-transport/light';
import { temporaryDatabase } from '@tale/test-kit';
import { serveHttp } from '../../src/server/serve-http.js';
import { groupWriter } from '../../src/storage/group-writer.js';
import { conversationsTool } from '../../src/ux-agent/conversations-tool.js';
import { memoryTool } from '../../src/ux-agent/memory-tool.js';
import { uxAgentRoutes } from '../../src/ux-agent/routes.js';

const token = 'secret';

/** A ux-agent without models behind it, on a database of its own. */
export async function startUxAgent() {
  const database = await temporaryDatabase();
  await migrateContext(database.kysely);
  const { kysely, sqlite } = database;
  const context: Context = createContext({ kysely, sqlite, writer: groupWriter(kysely) });
  const stopping = new AbortController();
  const { signal } = stopping;
  const server = await serveHttp({
    name: 'ux-agent',
    instance: 1,
    nonce: 'n',
    token,
    port: 0,
    tools: [memoryTool(context, signal), conversationsTool(context, signal)],
    routes: uxAgentRoutes(context, signal),
  });
  const { url } = server;
  // biome-ignore lint/suspicious/noExplicitAny: the tests say which fields they expect.
  const call = (name: 'memory' | 'conversations') => (args: object) => callTool<any>({ url, token, name, args });
  return {
    url,
    context,
    memory: call('memory'),
    conversations: call('conversations'),
    // biome-ignore lint/suspicious/noExplicitAny: the tests say which fields they expect.
    read: (path: string) => getJson<any>({ url, token, path }),
    fetch: (path: string, init: RequestInit & { duplex?: 'half' } = {}) =>
      fetch(new URL(path, url), {
        ...init,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      }),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await server.close({ drainMs: 0 });
      await context.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
