import * as z from 'zod';
import {
  createMcpServer,
  defineTool,
  type Logger,
  type McpServer,
  type McpServerOptions,
  type McpTool,
} from '../../src/index.js';

/** Token of the servers under test. */
export const token = 'secret-token-of-the-test';

/** Answers with what it was asked. */
export const echo = defineTool({
  name: 'echo',
  description: 'Answers with what it was asked.',
  input: z.object({ text: z.string() }),
  annotations: { readOnlyHint: true },
  run: ({ text }) => ({ structured: { text }, text: `you said ${text}` }),
});

/** Reports three times and ends. */
export const count = defineTool({
  name: 'count',
  description: 'Counts to three.',
  input: z.object({}),
  run: (_args, { progress }) => {
    for (const step of [1, 2, 3]) {
      progress({ progress: step, total: 3, message: `step ${step}`, meta: { 'tale/event': { step } } });
    }
    return { structured: { steps: 3 } };
  },
});

/** A tool that waits until it is told to end or aborted. */
export interface WaitTool {
  readonly tool: McpTool<{ report?: boolean | undefined }>;
  /** Resolves when the tool runs. */
  readonly started: Promise<void>;
  /** Resolves with the reason when its signal is aborted. */
  readonly aborted: Promise<unknown>;
  /** How often it ran. */
  readonly runs: () => number;
  /** Lets it end. */
  release(): void;
}

/** Makes a {@link WaitTool}; with `report` it opens the stream first. */
export function waitTool(name = 'wait'): WaitTool {
  let runs = 0;
  let onStart = () => {};
  let onAbort = (_reason: unknown) => {};
  let release = () => {};
  const started = new Promise<void>((resolve) => {
    onStart = resolve;
  });
  const aborted = new Promise<unknown>((resolve) => {
    onAbort = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const tool = defineTool({
    name,
    description: 'Waits.',
    input: z.object({ report: z.optional(z.boolean()) }),
    async run({ report }, { signal, progress }) {
      runs += 1;
      if (report) progress({ progress: 1 });
      onStart();
      const gone = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          onAbort(signal.reason);
          reject(signal.reason);
        });
      });
      await Promise.race([released, gone]);
      return { structured: { runs } };
    },
  });
  return { tool, started, aborted, runs: () => runs, release: () => release() };
}

/** A server on a free port. */
export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly server: McpServer;
}

/** Serves tools on a free port of loopback. */
export async function serve(tools: readonly McpTool[], options: Partial<McpServerOptions> = {}): Promise<Served> {
  const server = createMcpServer({
    info: { name: 'test-server', version: '1' },
    tools,
    auth: { tokens: token },
    limits: { default: { perSecond: 10_000, burst: 10_000 } },
    ...options,
  });
  const { url, port } = await server.listen();
  return { url, port, server, [Symbol.asyncDispose]: () => server.close({ graceMs: 0 }) };
}

/** A logger that keeps everything as text. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (fields: object, message: string) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

/** An error with facts that no tool of ours has. */
export class TaskError extends Error {
  readonly code = 'task-not-found';
  readonly retryable = false;
  readonly hint = 'tale list shows the tasks';
  readonly details = { taskId: 'x' };
}
