import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createMcpServer } from '../../src/index.js';
import { modernHeaders } from '../../src/wire/modern.js';
import { callBody, callHeaders, info } from '../support/calls.js';
import { rawRequest } from '../support/raw-request.js';
import { count, echo, serve, token } from '../support/serve.js';

describe('SERVER-4: rate limits', () => {
  it('are kept per principal and tool, and answered with 429 and Retry-After', async () => {
    const clock = manualClock();
    const limits = { default: { perSecond: 1, burst: 2 }, tools: { count: { perSecond: 1, burst: 1 } } };
    await using server = await serve([echo, count], { clock, limits, auth: { tokens: { one: 'a', two: 'b' } } });
    const statusOf = async (name: string, bearer: string) => {
      const headers = modernHeaders('tools/call', name, bearer);
      return (await rawRequest({ ...server, headers, body: callBody(name, { text: 'x' }) })).status;
    };
    expect([await statusOf('echo', 'a'), await statusOf('echo', 'a'), await statusOf('echo', 'a')]).toEqual([
      200, 200, 429,
    ]);
    expect([await statusOf('count', 'a'), await statusOf('count', 'a'), await statusOf('echo', 'b')]).toEqual([
      200, 429, 200,
    ]);
    expect([await statusOf('no', 'a'), await statusOf('nay', 'a'), await statusOf('never', 'a')]).toEqual([
      200, 200, 429,
    ]);
    const limited = await rawRequest({
      ...server,
      headers: modernHeaders('tools/call', 'echo', 'a'),
      body: callBody('echo'),
    });
    expect(limited.headers['retry-after']).toBe('1');
    expect(JSON.parse(limited.text).error).toMatchObject({
      code: 'rate-limited',
      retryable: true,
      retryAfterMs: 1_000,
    });
    await clock.advance(1_000);
    expect(await statusOf('echo', 'a')).toBe(200);
  });

  it('let 50 calls a second and 100 at once through by default', async () => {
    const clock = manualClock();
    const server = createMcpServer({ info, tools: [echo], auth: { tokens: token }, clock });
    const { port } = await server.listen();
    const send = () => rawRequest({ port, headers: callHeaders('echo'), body: callBody('echo', { text: 'x' }) });
    const statuses = (await Promise.all(Array.from({ length: 110 }, send))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    await server.close({ graceMs: 0 });
  });
});
