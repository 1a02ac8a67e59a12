import { auth } from './links/auth.js';
import { breaker } from './links/circuit-breaker.js';
import { limits } from './links/limits.js';
import type { Operation, Send } from './links/link.js';
import { retry } from './links/retry.js';
import { attemptTimeout, totalTimeout } from './links/timeout.js';
import type { CallOptions, ServerOptions, ToolDescription } from './pool-types.js';
import { createVerdictCache, readHonoursKeys, repeatVerdict, type ServerVerdict } from './server-verdict.js';
import type { Clock, Implementation } from './types.js';
import { endpointOf } from './wire/modern.js';
import { createUndiciWire } from './wire/undici-wire.js';

/** One server of the pool and its chain. */
export interface Upstream {
  callTool(
    name: string,
    args: object,
    options: CallOptions & { signal: AbortSignal },
  ): Promise<Record<string, unknown>>;
  listTools(options: { signal: AbortSignal; timeoutMs?: number }): Promise<ToolDescription[]>;
  close(): Promise<void>;
}

/** Limits of the questions that the pool asks on its own account. */
const ownTimeoutMs = 5_000;

/** Builds the chain of a server. Nothing is sent yet. */
export function createUpstream(
  name: string,
  options: ServerOptions,
  { clock, random, client }: { clock: Clock; random: () => number; client: Implementation },
): Upstream {
  const connections = options.limits?.inFlight ?? 32;
  const wire = createUndiciWire(endpointOf(options.url), { connections, clock, client });
  const direct = attemptTimeout(clock)(auth(options.token)(wire.send));
  const own = new AbortController();
  const discover = () => direct(operationOf('server/discover', {}, { signal: own.signal, timeoutMs: ownTimeoutMs }));
  // outermost first: the order is the meaning
  const links = [
    totalTimeout(clock),
    retry(clock, random),
    breaker(clock, discover, options.breaker),
    limits(options.limits ?? {}),
  ];
  const send = links.reduceRight<Send>((next, link) => link(next), direct);

  const verdict = createVerdictCache(async (): Promise<ServerVerdict> => {
    const honoursKeys = readHonoursKeys(await discover());
    const tools = options.trustHints ? await listTools({ signal: own.signal, timeoutMs: ownTimeoutMs }, direct) : [];
    return { honoursKeys, hints: new Map(tools.map((tool) => [tool.name, tool.annotations ?? {}])) };
  }, clock);

  async function listTools(call: { signal: AbortSignal; timeoutMs?: number }, through: Send = send) {
    const tools: ToolDescription[] = [];
    let cursor: unknown;
    do {
      const page = await through(operationOf('tools/list', cursor === undefined ? {} : { cursor }, call));
      tools.push(...((page.tools ?? []) as ToolDescription[]));
      cursor = page.nextCursor;
    } while (typeof cursor === 'string');
    return tools;
  }

  function operationOf(
    method: string,
    params: Record<string, unknown>,
    call: CallOptions & { signal: AbortSignal },
    repeat?: Operation['verdict'],
  ): Operation {
    return {
      server: name,
      method,
      params,
      idempotencyKey: call.idempotencyKey ?? null,
      verdict: repeat ?? (async () => ({ callClass: 'safe', honoursKeys: false })),
      signal: call.signal,
      attempt: 1,
      timeoutMs: call.timeoutMs ?? 60_000,
      totalMs: call.totalMs ?? 600_000,
      deadlineAtMs: Number.POSITIVE_INFINITY,
      token: undefined,
      onProgress: call.onProgress,
    };
  }

  return {
    callTool(tool, args, call) {
      const hasKey = call.idempotencyKey !== undefined;
      // asked beside the call, so that the answer is there when the server is not
      if (hasKey || options.trustHints) void verdict();
      const repeat = async () => repeatVerdict(await verdict(), tool, hasKey);
      return send(operationOf('tools/call', { name: tool, arguments: args }, call, repeat));
    },
    listTools: (call) => listTools(call),
    async close() {
      own.abort();
      await wire.close();
    },
  };
}
