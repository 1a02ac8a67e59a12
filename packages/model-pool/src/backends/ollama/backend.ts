import { Agent } from 'undici';
import { poolError } from '../../calls/call-error.js';
import type { BackendOptions } from '../../options.js';
import type { Profile } from '../../roles/profile.js';
import type { PullProgress } from '../../status.js';
import type { Clock, JsonObject } from '../../types.js';
import type { Backend } from '../backend.js';
import { readErrorBody, withClient } from './client.js';
import { failureOfAnswer, failureOfTransport } from './failures.js';
import { streamText } from './text-stream.js';
import { readCount, readInstalled, readLoaded, readShow } from './wire.js';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

function parseUrl(name: string, url: string): URL {
  try {
    const parsed = new URL(url);
    if (parsed.protocol === 'http:' || parsed.protocol === 'https:') return parsed;
  } catch {}
  throw poolError('configuration', `backend ${name}: ${url} is no http url`, { backend: name });
}

function readProgress(entry: JsonObject): PullProgress {
  return {
    status: typeof entry.status === 'string' ? entry.status : '',
    digest: typeof entry.digest === 'string' ? entry.digest : null,
    completedBytes: readCount(entry.completed),
    totalBytes: readCount(entry.total),
  };
}

/** A server with Ollama's API. Text goes through an own reader, everything else through the ollama package. */
export function createOllamaBackend(name: string, options: BackendOptions, clock: Clock, connectMs: number): Backend {
  const parsed = parseUrl(name, options.url);
  const url = parsed.origin;
  const headers: Record<string, string> =
    options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  // Undici's own limits would end a long prefill: the time limits are those of the pool.
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: connectMs } });
  const client = <Result>(signal: AbortSignal, use: Parameters<typeof withClient<Result>>[1]) =>
    withClient({ url, headers, agent, signal }, use);
  /** A request without text; the connection stays open until the answer is whole, because leaving ends a load. */
  const post = async (path: string, body: JsonObject, signal: AbortSignal): Promise<void> => {
    try {
      const answer = await agent.request({
        origin: url,
        path,
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'accept-encoding': 'identity' },
        body: JSON.stringify(body),
        signal,
      });
      const text = await answer.body.text();
      if (answer.statusCode === 200 && !('error' in (JSON.parse(text) as JsonObject))) return;
      const retryAfter = answer.headers['retry-after'];
      const status = answer.statusCode === 200 ? 500 : answer.statusCode;
      throw failureOfAnswer({
        status,
        message: readErrorBody(text),
        retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw failureOfTransport(error, false);
    }
  };
  return {
    name,
    kind: 'ollama',
    url,
    device: loopback.has(parsed.hostname) ? 'local' : parsed.host,
    version: (signal) =>
      client(signal, async (ollama) => {
        const { version, engine } = (await ollama.version()) as { version?: unknown; engine?: unknown };
        return {
          version: typeof version === 'string' ? version : '',
          engine: typeof engine === 'string' ? engine : null,
        };
      }),
    list: (signal) =>
      client(signal, async (ollama) =>
        (await ollama.list()).models.map((entry) => readInstalled(entry as unknown as JsonObject)),
      ),
    loaded: (signal) =>
      client(signal, async (ollama) =>
        (await ollama.ps()).models.map((entry) => readLoaded(entry as unknown as JsonObject)),
      ),
    describe: (model, signal) =>
      client(signal, async (ollama) =>
        readShow(model, (await ollama.show({ model: model.model })) as unknown as JsonObject),
      ),
    load: ({ model, isEmbedder, keepAlive, runner }: Profile, signal) => {
      const body = { model, keep_alive: keepAlive, options: { ...runner } };
      return isEmbedder ? post('/api/embed', body, signal) : post('/api/generate', { ...body, stream: false }, signal);
    },
    unload: (model, signal) => post('/api/generate', { model, stream: false, keep_alive: 0 }, signal),
    pull: (model, signal, onProgress) =>
      client(signal, async (ollama) => {
        for await (const entry of await ollama.pull({ model, stream: true }))
          onProgress(readProgress(entry as unknown as JsonObject));
      }),
    remove: (model, signal) =>
      client(signal, async (ollama) => {
        await ollama.delete({ model });
      }),
    stream: (request, sink) => streamText({ url, headers, agent, clock }, request, sink),
    embed: (profile, input, signal) =>
      client(signal, async (ollama) => {
        const answer = await ollama.embed({
          model: profile.model,
          input: [...input],
          keep_alive: profile.keepAlive,
          options: { ...profile.runner },
        });
        return { embeddings: answer.embeddings, inputTokens: readCount(answer.prompt_eval_count) };
      }),
    close: () => agent.destroy(),
  };
}
