import { describe, expect, it } from 'vitest';
import { createMcpPool, defineTool, McpTransportError, type Progress } from '../src/index.js';
import { callTool } from '../src/light/index.js';
import { count, echo, serve, TaskError, token, waitTool } from './support/serve.js';

const failing = (name: string, error: unknown, report = false) =>
  defineTool<{ [key: string]: unknown }>({
    name,
    description: 'Fails.',
    input: { type: 'object' },
    async run(_args, { progress }) {
      if (report) progress({ progress: 1 });
      throw error;
    },
  });

const system = () => Object.assign(new Error('no such file'), { code: 'ENOENT' });
const carrying = () =>
  Object.assign(new Error('outer'), {
    envelope: { code: 'overloaded', message: 'too many tasks', hint: 'wait', retryable: true, retryAfterMs: 700 },
  });

const failures = [
  failing('by-structure', new TaskError('no task x')),
  failing('by-envelope', carrying()),
  failing('by-exception', system()),
  failing('by-text', 'just a text'),
  failing('streamed', new TaskError('no task x'), true),
];

const clients = [
  [
    'pool',
    async (url: string, name: string, options: { signal?: AbortSignal; onProgress?: (progress: Progress) => void }) => {
      await using pool = createMcpPool({ servers: { it: { url, token } } });
      return (await pool.callTool('it', name, {}, { ...options, throwToolErrors: true })).structured;
    },
  ],
  [
    'light',
    (url: string, name: string, options: { signal?: AbortSignal; onProgress?: (progress: Progress) => void }) =>
      callTool({ url, token, name, ...options }),
  ],
] as const;

describe.each(clients)('%s against the server', (_name, call) => {
  it('MCP-1: progress reaches the caller in order, with message and meta, before the result', async () => {
    await using server = await serve([count]);
    const reports: Progress[] = [];
    const result = await call(server.url, 'count', { onProgress: (progress) => reports.push(progress) });
    expect(result).toEqual({ steps: 3 });
    expect(reports).toEqual(
      [1, 2, 3].map((step) => ({
        ...{ progress: step, total: 3, message: `step ${step}` },
        meta: { 'tale/event': { step } },
      })),
    );
  });

  it.each([[false], [true]])(
    'MCP-2: an abort of the caller aborts the tool on the server (stream open: %s)',
    async (open) => {
      const wait = waitTool();
      await using server = await serve([wait.tool]);
      const controller = new AbortController();
      const options = { signal: controller.signal, ...(open ? { onProgress: () => {} } : {}) };
      const result = call(server.url, 'wait', options);
      await wait.started;
      controller.abort(new Error('enough'));
      await expect(result).rejects.toMatchObject({ code: 'aborted', retryable: false });
      expect(await wait.aborted).toBeDefined();
    },
  );

  it('a call that is aborted before it starts sends nothing', async () => {
    const wait = waitTool();
    await using server = await serve([wait.tool]);
    await expect(call(server.url, 'wait', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    expect(wait.runs()).toBe(0);
  });

  it.each([
    ['by-structure', 'task-not-found', 'no task x', 'tale list shows the tasks', false, null],
    ['streamed', 'task-not-found', 'no task x', 'tale list shows the tasks', false, null],
    ['by-envelope', 'overloaded', 'too many tasks', 'wait', true, 700],
    ['by-exception', 'internal', 'no such file', null, false, null],
    ['by-text', 'internal', 'just a text', null, false, null],
  ])(
    'MCP-3: the failure of %s arrives with its code, message and hint',
    async (name, code, message, hint, retryable, retryAfterMs) => {
      await using server = await serve(failures);
      const error = await call(server.url, name, { onProgress: () => {} }).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(McpTransportError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({
        code: 'tool-error',
        ...{ message, retryable, retryAfterMs, mayHaveRun: true },
        envelope: { code, message, hint, retryable, retryAfterMs, source: 'test-server' },
      });
      expect(JSON.stringify(error)).not.toMatch(/at .*\.ts/);
    },
  );

  it('an unknown tool is named in a readable error', async () => {
    await using server = await serve([echo]);
    await expect(call(server.url, 'ech', {})).rejects.toMatchObject({
      ...{ code: 'unknown-tool', retryable: false, mayHaveRun: false },
      envelope: { code: 'unknown-tool', message: 'there is no tool named ech', hint: 'tools: echo' },
    });
  });

  it('arguments that the schema refuses are named in a readable error', async () => {
    await using server = await serve([echo]);
    await expect(call(server.url, 'echo', {})).rejects.toMatchObject({
      ...{ code: 'protocol', retryable: false, mayHaveRun: false },
      envelope: { code: 'invalid-request', message: expect.stringMatching(/arguments of echo .* text: /) },
    });
  });
});

it('the text of a failed result is message and hint, and its envelope is in _meta', async () => {
  await using server = await serve(failures);
  await using pool = createMcpPool({ servers: { it: { url: server.url, token } } });
  const outcome = await pool.callTool('it', 'by-structure');
  expect(outcome).toMatchObject({
    ...{ isError: true, text: 'no task x\ntale list shows the tasks', structured: null, isReplayed: false },
    error: { code: 'task-not-found', details: { taskId: 'x' } },
  });
});

it('MCP-4: an answer of 3 MiB and a request of 3 MiB arrive whole', async () => {
  await using server = await serve([echo]);
  await using pool = createMcpPool({ servers: { it: { url: server.url, token } } });
  const text = 'x'.repeat(3 << 20);
  expect((await pool.callTool('it', 'echo', { text })).structured).toEqual({ text });
  expect(await callTool({ url: server.url, token, name: 'echo', args: { text } })).toEqual({ text });
});
