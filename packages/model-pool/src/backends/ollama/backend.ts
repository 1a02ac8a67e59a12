import { Agent } from 'undici';
import type { OllamaBackendOptions } from '../../options.js';
import type { Profile } from '../../roles/profile.js';
import type { PullProgress } from '../../status.js';
import type { JsonObject } from '../../types.js';
import type { Backend, BackendParts } from '../backend.js';
import { requestJson } from '../http/request-json.js';
import { parseServerUrl } from '../http/server-url.js';
import { createDecide } from '../http/systemone.js';
import { readCount } from '../read-count.js';
import { readVectors } from '../vectors.js';
import { withClient } from './client.js';
import { streamText } from './text-stream.js';
import { readInstalled, readLoaded, readShow, templateBody } from './wire.js';

function readProgress(entry: JsonObject): PullProgress {
  return {
    status: typeof entry.status === 'string' ? entry.status : '',
    digest: typeof entry.digest === 'string' ? entry.digest : null,
    completedBytes: readCount(entry.completed),
    totalBytes: readCount(entry.total),
  };
}

/** A server with Ollama's API. Text goes through an own reader, everything else through the ollama package. */
export function createOllamaBackend(
  { url, token }: OllamaBackendOptions,
  { name, clock, connectMs }: BackendParts,
): Backend {
  const { origin, path: root, device } = parseServerUrl(name, url);
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  // Undici's own limits would end a long prefill: the time limits are those of the pool.
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: connectMs } });
  const client = <Result>(signal: AbortSignal, use: Parameters<typeof withClient<Result>>[1]) =>
    withClient({ url: origin + root, headers, agent, clock, signal }, use);
  const server = { origin, headers, agent, clock };
  /** Ollama has no route that counts; local-engine, which names itself, has. Not known before the first answer. */
  let engine: string | null = null;
  const post = (path: string, body: JsonObject, signal: AbortSignal) =>
    requestJson(server, { method: 'POST', path: root + path, body, signal });
  return {
    name,
    kind: 'ollama',
    url: origin + root,
    device,
    traits: { residency: 'managed', isLocal: device === 'local', canPull: true, isProbed: true },
    version: (signal) =>
      client(signal, async (ollama) => {
        const { version, engine: told } = (await ollama.version()) as { version?: unknown; engine?: unknown };
        engine = typeof told === 'string' ? told : null;
        return { version: typeof version === 'string' ? version : '', engine };
      }),
    isBeyondLoopback: async (signal) => {
      if (device !== 'local') return true;
      // On a loopback bind Ollama refuses a foreign Host with 403; otherwise it lets every name pass.
      const host = 'elsewhere.invalid';
      const answer = await agent.request({
        origin,
        path: `${root}/api/version`,
        method: 'GET',
        headers: { ...headers, host },
        signal,
      });
      await answer.body.dump();
      return answer.statusCode === 200 ? true : answer.statusCode === 403 ? false : null;
    },
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
    load: async ({ model, isEmbedder, keepAlive, runner }: Profile, signal) => {
      const body = { model, keep_alive: keepAlive, options: { ...runner } };
      await (isEmbedder ? post('/api/embed', body, signal) : post('/api/generate', { ...body, stream: false }, signal));
    },
    unload: async (model, signal) => {
      await post('/api/generate', { model, stream: false, keep_alive: 0 }, signal);
    },
    pull: (model, signal, onProgress) =>
      client(signal, async (ollama) => {
        for await (const entry of await ollama.pull({ model, stream: true }))
          onProgress(readProgress(entry as unknown as JsonObject));
      }),
    stream: (request, sink) => streamText({ server, root }, request, sink),
    embed: (profile, input, signal) =>
      client(signal, async (ollama) => {
        const answer = await ollama.embed({
          model: profile.model,
          input: [...input],
          keep_alive: profile.keepAlive,
          options: { ...profile.runner },
        });
        const embeddings = readVectors(answer.embeddings, input.length);
        return { embeddings, inputTokens: readCount(answer.prompt_eval_count) };
      }),
    decide: createDecide((body, { profile, signal }) =>
      post('/v1/systemone', { ...body, keep_alive: profile.keepAlive }, signal),
    ),
    countsTokens: () => engine !== null,
    countTokens: async (call) => {
      if (engine === null) return null;
      return readCount((await post('/apply-template', templateBody(call), call.signal)).tokens);
    },
    close: () => agent.destroy(),
  };
}
