import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createMcpPool, defineTool } from '../../src/index.js';
import { callTool } from '../../src/light/index.js';
import { modernBody, modernHeaders } from '../../src/wire/modern.js';
import { callBody, callHeaders, client, settle } from '../support/calls.js';
import { rawRequest } from '../support/raw-request.js';
import { count, echo, recordingLogger, serve, token, waitTool } from '../support/serve.js';

describe('protocol', () => {
  it.each([
    [
      'a legacy handshake',
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}',
      400,
      -32022,
    ],
    ['an array', `[${callBody('echo')},${callBody('echo')}]`, 400, undefined],
    ['no JSON', '{"jsonrpc"', 400, -32700],
    ['a text', '"x"', 400, undefined],
    ['nothing', '', 400, undefined],
    ['no method', '{"jsonrpc":"2.0","id":1}', 400, undefined],
  ])('%s is refused and runs nothing', async (_name, body, status, code) => {
    const wait = waitTool('echo');
    await using server = await serve([wait.tool]);
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    const answer = await rawRequest({ ...server, headers, body });
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(JSON.parse(answer.text).error.code).toBe(code);
    expect(wait.runs()).toBe(0);
  });

  it.each([
    ['mcp-method', 'tools/list', -32020],
    ['mcp-name', 'other', -32020],
    ['mcp-protocol-version', '2025-11-25', -32020],
  ])('SERVER-2: a header %s that says something else than the body is refused', async (header, value, code) => {
    const wait = waitTool('echo');
    await using server = await serve([wait.tool]);
    const answer = await rawRequest({
      ...server,
      headers: { ...callHeaders('echo'), [header]: value },
      body: callBody('echo'),
    });
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([400, code]);
    expect(wait.runs()).toBe(0);
  });

  it('another revision is refused with those that are spoken; an unknown method is 404; GET and DELETE are 405', async () => {
    await using server = await serve([echo]);
    const body = callBody('echo').replaceAll('2026-07-28', '2027-01-01');
    const headers = { ...callHeaders('echo'), 'mcp-protocol-version': '2027-01-01' };
    const version = await rawRequest({ ...server, headers, body });
    expect([version.status, JSON.parse(version.text).error]).toMatchObject([
      400,
      { code: -32022, data: { supported: ['2026-07-28'] } },
    ]);
    const unknown = modernBody({ id: 1, method: 'tools/dance', client });
    const answer = await rawRequest({
      ...server,
      headers: modernHeaders('tools/dance', undefined, token),
      body: unknown,
    });
    expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([404, -32601]);
    for (const method of ['GET', 'DELETE']) {
      expect((await rawRequest({ ...server, method, headers: callHeaders('echo') })).status).toBe(405);
    }
  });

  it('discover says which extensions there are', async () => {
    await using server = await serve([echo]);
    const body = modernBody({ id: 1, method: 'server/discover', client });
    const answer = await rawRequest({ ...server, headers: modernHeaders('server/discover', undefined, token), body });
    expect(JSON.parse(answer.text).result).toMatchObject({
      ...{ supportedVersions: ['2026-07-28'] },
      capabilities: { tools: {}, extensions: { 'tale/idempotency': {} } },
    });
  });

  it('100 clients with equal request ids get their own answers', async () => {
    await using server = await serve([echo]);
    const texts = Array.from({ length: 100 }, (_, index) => `client ${index}`);
    const answers = await Promise.all(
      texts.map((text) => rawRequest({ ...server, headers: callHeaders('echo'), body: callBody('echo', { text }, 7) })),
    );
    expect(answers.map(({ text }) => JSON.parse(text).result.structuredContent.text)).toEqual(texts);
  });

  it('a client that asks for no progress gets one JSON answer', async () => {
    await using server = await serve([count]);
    const answer = await rawRequest({ ...server, headers: callHeaders('count'), body: callBody('count') });
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.text).result).toMatchObject({ structuredContent: { steps: 3 }, resultType: 'complete' });
  });

  it('a tool may return content blocks', async () => {
    const picture = defineTool({
      ...{ name: 'picture', description: 'A picture.', input: z.object({}) },
      run: () => ({
        content: [
          { type: 'text', text: 'see' },
          { type: 'image', data: 'AA==', mimeType: 'image/png' },
        ],
      }),
    });
    await using server = await serve([picture]);
    await using pool = createMcpPool({ servers: { it: { url: server.url, token } } });
    expect(await pool.callTool('it', 'picture')).toMatchObject({
      text: 'see',
      structured: null,
      content: [{}, { type: 'image' }],
    });
  });

  it('the token goes no further than the guard', async () => {
    const seen: unknown[] = [];
    const look = defineTool({
      ...{ name: 'look', description: 'Looks.', input: z.object({}) },
      run: (args, context) => {
        seen.push(args, { ...context, signal: undefined });
        return { structured: {} };
      },
    });
    const logger = recordingLogger();
    await using server = await serve([look], { auth: { tokens: { console: token } }, logger });
    await callTool({ url: server.url, token, name: 'look', idempotencyKey: 'k' });
    await settle(callTool({ url: server.url, token: 'wrong-secret', name: 'look' }));
    await settle(callTool({ url: server.url, token, name: 'none' }));
    expect(seen).toMatchObject([{}, { principal: { id: 'console' }, idempotencyKey: 'k' }]);
    expect(logger.lines.length).toBeGreaterThan(1);
    expect(JSON.stringify(seen) + logger.lines.join('')).not.toMatch(new RegExp(`${token}|wrong-secret`));
  });
});
