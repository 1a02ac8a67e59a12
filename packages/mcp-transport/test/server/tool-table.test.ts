import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as mini from 'zod/mini';
import { createMcpPool, createMcpServer, type JsonSchema, type McpTool } from '../../src/index.js';
import { callTool } from '../../src/light/index.js';
import { modernBody } from '../../src/wire/modern.js';
import { callHeaders, client, info } from '../support/calls.js';
import { rawRequest } from '../support/raw-request.js';
import { serve, token, waitTool } from '../support/serve.js';

describe('tools', () => {
  const run = () => ({ structured: {} });
  const tool = (facts: Partial<McpTool>): McpTool => ({
    name: 'x',
    description: 'x',
    input: { type: 'object' },
    run,
    ...facts,
  });
  const json: JsonSchema = {
    type: 'object',
    properties: { text: { $ref: '#/$defs/text' } },
    required: ['text'],
    additionalProperties: false,
    $defs: { text: { type: 'string' } },
  };

  it.each([
    ['zod', z.object({ text: z.string() })],
    ['zod/mini', mini.object({ text: mini.string() })],
    ['JSON Schema', json],
  ])('arguments are described and checked by %s', async (_name, input) => {
    await using server = await serve([tool({ input })]);
    await using pool = createMcpPool({ servers: { it: { url: server.url, token } } });
    expect((await pool.listTools('it'))[0]?.inputSchema).toMatchObject({ type: 'object', required: ['text'] });
    expect((await pool.callTool('it', 'x', { text: 'a' })).isError).toBe(false);
    await expect(pool.callTool('it', 'x', { text: 1 })).rejects.toMatchObject({
      envelope: { code: 'invalid-request', message: expect.stringMatching(/text.*string/) },
    });
  });

  it('a schema is passed on as it is, $defs included', async () => {
    await using server = await serve([tool({ input: json })]);
    await using pool = createMcpPool({ servers: { it: { url: server.url, token } } });
    expect((await pool.listTools('it'))[0]?.inputSchema).toEqual(json);
  });

  it('a schema of another library needs its JSON Schema', async () => {
    const standard = { version: 1 as const, vendor: 'other', validate: (value: unknown) => ({ value }) };
    expect(() =>
      createMcpServer({ info, auth: { tokens: token }, tools: [tool({ input: { '~standard': standard } })] }),
    ).toThrow(TypeError);
    const shown = { ...standard, jsonSchema: { input: () => ({ type: 'object' }) } };
    expect(() =>
      createMcpServer({ info, auth: { tokens: token }, tools: [tool({ input: { '~standard': shown } })] }),
    ).not.toThrow();
  });

  it.each([
    ['a bad name', [tool({ name: 'a b' })]],
    ['a repeated name', [tool({}), tool({})]],
    ['arguments that are no object', [tool({ input: z.string() })]],
    [
      'a remote $ref',
      [tool({ input: { type: 'object', properties: { a: { $ref: 'https://evil.example/schema' } } } })],
    ],
  ])('%s is a mistake of the app', (_name, tools) => {
    expect(() => createMcpServer({ info, tools, auth: { tokens: token } })).toThrow(TypeError);
  });

  it('a server without auth and without a guard is a mistake of the app', () => {
    expect(() => createMcpServer({ info, tools: [] })).toThrow(TypeError);
  });

  it('SERVER-3: a tool that takes too long is answered for, and its signal is aborted', async () => {
    const wait = waitTool();
    await using server = await serve([{ ...wait.tool, timeoutMs: 50 }]);
    await expect(callTool({ url: server.url, token, name: 'wait' })).rejects.toMatchObject({
      ...{ code: 'tool-error', retryable: true },
      envelope: { code: 'timeout', source: 'test-server' },
    });
    expect(await wait.aborted).toMatchObject({ code: 'timeout' });
  });

  it('a report after the answer is dropped', async () => {
    let late = () => {};
    const tattler = tool({
      name: 'tattler',
      run: (_args, { progress }) => {
        late = () => progress({ progress: 1 });
        return { structured: {} };
      },
    });
    await using server = await serve([tattler]);
    const reports: unknown[] = [];
    await callTool({ url: server.url, token, name: 'tattler', onProgress: (progress) => reports.push(progress) });
    late();
    expect(reports).toEqual([]);
  });

  it('a silent call opens its stream after 5 s, without a report to the caller', async () => {
    const clock = manualClock();
    const wait = waitTool();
    await using server = await serve([wait.tool], { clock });
    const body = modernBody({
      id: 1,
      method: 'tools/call',
      params: { name: 'wait', arguments: {} },
      client,
      progressToken: 1,
    });
    const raw = rawRequest({ ...server, headers: callHeaders('wait'), body });
    const reports: unknown[] = [];
    const light = callTool({ url: server.url, token, name: 'wait', onProgress: (progress) => reports.push(progress) });
    await until('both calls run', () => wait.runs() === 2);
    await clock.advance(5_000);
    wait.release();
    expect((await raw).headers['content-type']).toBe('text/event-stream');
    expect((await raw).headers['x-accel-buffering']).toBe('no');
    await light;
    expect(reports).toEqual([]);
  });
});
