import { follow } from './abort.js';
import { systemClock } from './clock.js';
import { McpTransportError } from './errors.js';
import type { McpPool, McpPoolOptions, ServerOptions } from './pool-types.js';
import { createUpstream, type Upstream } from './upstream.js';
import { readToolOutcome, toolError } from './wire/tool-outcome.js';

/** Opens a pool. Nothing is sent before the first call. */
export function createMcpPool<Name extends string>(options: McpPoolOptions<Name>): McpPool<Name> {
  const { clock = systemClock, random = Math.random, client = { name: 'tale', version: '1' } } = options;
  const upstreams = new Map<string, Upstream>();
  for (const [name, server] of Object.entries<ServerOptions>(options.servers)) {
    upstreams.set(name, createUpstream(name, server, { clock, random, client }));
  }
  const inFlight = new Set<AbortController>();
  let closing: Promise<void> | undefined;
  const withSignal = async <Value>(signal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<Value>) => {
    if (closing) throw closed();
    const controller = new AbortController();
    const release = follow(controller, [signal]);
    inFlight.add(controller);
    try {
      return await run(controller.signal);
    } finally {
      inFlight.delete(controller);
      release();
    }
  };
  const upstreamOf = (server: string) => {
    const upstream = upstreams.get(server);
    if (!upstream) throw new RangeError(`the pool has no server named ${server}`);
    return upstream;
  };
  const close = () => {
    closing ??= (async () => {
      for (const controller of inFlight) controller.abort(closed());
      await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
    })();
    return closing;
  };
  return {
    callTool: (server, name, args = {}, call = {}) =>
      withSignal(call.signal, async (signal) => {
        const result = await upstreamOf(server).callTool(name, args, { ...call, signal });
        const outcome = readToolOutcome(result, server);
        if (outcome.error && call.throwToolErrors) throw toolError(outcome.error, { server, method: 'tools/call' });
        return outcome;
      }),
    listTools: (server, call = {}) =>
      withSignal(call.signal, (signal) => upstreamOf(server).listTools({ ...call, signal })),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const closed = () => new McpTransportError('closed', 'the pool is closed', { mayHaveRun: true });
