import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TextRequest, TextSink } from '../../src/backends/backend.js';
import { createOpenAiBackend } from '../../src/backends/openai/backend.js';
import type { JsonObject } from '../../src/index.js';
import { silentLogger, systemClock } from '../../src/system.js';

export const parts = { name: 'fake', clock: systemClock, connectMs: 1_000, logger: silentLogger };
export const never = () => new AbortController().signal;

/** A server that answers as it is told, with a backend on it. */
export async function serve(
  answer: (request: IncomingMessage, body: JsonObject | null, response: ServerResponse) => void,
  apiKey?: string,
) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      answer(request, text === '' ? null : (JSON.parse(text) as JsonObject), response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const backend = createOpenAiBackend(
    { kind: 'openai', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey },
    parts,
  );
  return {
    backend,
    async [Symbol.asyncDispose]() {
      await backend.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const json = (response: ServerResponse, status: number, value: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

export const sse = (response: ServerResponse, ...events: readonly (JsonObject | string)[]) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
  response.end();
};

export const profile = {
  model: 'small:1b',
  contextTokens: 8192,
  maxOutputTokens: 8192,
  think: false,
  slots: 1,
  isEmbedder: false,
  runner: { num_ctx: 8192 },
  keepAlive: -1,
} as const;

export const textRequest = (more: Partial<TextRequest> = {}): TextRequest => ({
  profile,
  messages: [{ role: 'user', content: 'hi [tokens=3]' }],
  prompt: null,
  system: null,
  format: undefined,
  think: false,
  maxOutputTokens: 64,
  temperature: null,
  topP: null,
  seed: null,
  stop: [],
  tools: [],
  toolChoice: 'auto',
  signal: never(),
  firstTokenMs: 5_000,
  stallMs: 5_000,
  ...more,
});

/** A sink that keeps what it is given. */
export function collect() {
  const seen: string[] = [];
  const toolCalls: object[] = [];
  const sink: TextSink = {
    counts: {
      inputTokens: null,
      outputTokens: null,
      cacheReadTokens: null,
      cacheWriteTokens: null,
      reasoningTokens: null,
    },
    piece: (kind, text) => void seen.push(`${kind === 'text' ? '' : '~'}${text}`),
    toolCall: (call) => void toolCalls.push(call),
    started: () => {},
  };
  return { sink, seen, toolCalls };
}
