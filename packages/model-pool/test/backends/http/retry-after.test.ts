import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Backend, TextRequest } from '../../../src/backends/backend.js';
import { createOllamaBackend } from '../../../src/backends/ollama/backend.js';
import { createOpenAiBackend } from '../../../src/backends/openai/backend.js';
import { silentLogger, systemClock } from '../../../src/system.js';

/** The clock of the pool, which is far from that of this machine. */
const nowMs = Date.UTC(2031, 0, 1);
const parts = { name: 'fake', clock: { ...systemClock, now: () => nowMs }, connectMs: 5_000, logger: silentLogger };
const profile = {
  ...{ model: 'fake:1b', contextTokens: 2_048, maxOutputTokens: 9, think: false, slots: 1, isEmbedder: false },
  ...{ runner: { num_ctx: 2_048 }, keepAlive: -1 },
} as const;
const { signal } = new AbortController();
const text: TextRequest = {
  ...{ profile, messages: null, prompt: 'x', system: null, format: undefined, think: false, maxOutputTokens: 9 },
  ...{ temperature: null, topP: null, seed: null, stop: [], tools: [], toolChoice: 'auto' },
  ...{ signal, firstTokenMs: 20_000, stallMs: 20_000 },
};
const counts = {
  ...{ inputTokens: null, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null, reasoningTokens: null },
};
const sink = { piece: () => undefined, toolCall: () => undefined, started: () => {}, counts };

async function busyServer() {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(429, { 'retry-after': new Date(nowMs + 4_000).toUTCString() }).end('{"error":"busy"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Case = readonly [what: string, ask: (backend: Backend) => Promise<unknown>];

const requests: readonly Case[] = [
  ['text', (backend) => backend.stream(text, sink)],
  ['vectors', (backend) => backend.embed(profile, ['x'], signal)],
  ['its models', (backend) => backend.list(signal)],
];

const load: Case = ['a load', (backend) => backend.load(profile, signal)];
const health: Case = ['its health', (backend) => backend.version(signal)];

describe('a date to come again at is a time from now by the clock of the pool', () => {
  for (const [what, ask] of [...requests, load])
    it(`for ${what} of Ollama`, async () => {
      await using server = await busyServer();
      const backend = createOllamaBackend({ kind: 'ollama', url: server.url }, parts);
      await expect(ask(backend)).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 4_000 });
      await backend.close();
    });
  for (const [what, ask] of [...requests, health])
    it(`for ${what} of a server with OpenAI’s API`, async () => {
      await using server = await busyServer();
      const backend = createOpenAiBackend({ kind: 'openai', url: server.url }, parts);
      await expect(ask(backend)).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 4_000 });
      await backend.close();
    });
});
