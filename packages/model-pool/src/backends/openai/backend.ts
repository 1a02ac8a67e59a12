import { Agent } from 'undici';
import { poolError } from '../../calls/call-error.js';
import { ModelPoolError } from '../../errors.js';
import type { OpenAiBackendOptions } from '../../options.js';
import type { JsonObject } from '../../types.js';
import { pause } from '../../waiting/pause.js';
import type { Backend, BackendParts } from '../backend.js';
import { answerLimitBytes, type JsonRequest, requestJson } from '../http/request-json.js';
import { parseServerUrl } from '../http/server-url.js';
import { createDecide } from '../http/systemone.js';
import { plainName } from '../model-name.js';
import { withoutKey } from '../without-key.js';
import { splitBasePath } from './base-path.js';
import { countRouteOf, countTokens } from './count-tokens.js';
import { readEmbeddings } from './embeddings.js';
import { askHealth } from './health.js';
import { type ListedModel, readModels, toInstalled, toLoaded } from './models.js';
import type { OptionalPart } from './refusals.js';
import { streamText } from './text-stream.js';

/** How often a server that loads its model is asked, ms. */
const loadPollMs = 250;

/** Shorter ones are no secrets: servers that ask for no key are given words such as `EMPTY`. */
const keyMinCharacters = 16;

/** A server with OpenAI's API: llama-server, vLLM, LM Studio and others. Its models are those that it was started with. */
export function createOpenAiBackend(
  { url, apiKey }: OpenAiBackendOptions,
  { name, clock, connectMs }: BackendParts,
): Backend {
  const { origin, path, device } = parseServerUrl(name, url);
  const { api, root } = splitBasePath(path);
  const headers: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  // Undici's own limits would end a long prefill: the time limits are those of the pool.
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: connectMs } });
  const server = { origin, headers, agent, clock };
  const refusals = new Map<string, ReadonlySet<OptionalPart>>();
  /** As last seen; tells an alias from another model. */
  let listed: ReadonlySet<string> = new Set();
  /** Not known before the first list. */
  let engine: string | null | undefined;
  /** It has no such route after all: a proxy stands before it, or it is too old. */
  let countsNothing = false;
  /** Models for which it was not found. */
  const uncounted = new Set<string>();
  /** Some gateways repeat the key that they refuse. */
  const keyless = <Value>(asked: Promise<Value>): Promise<Value> =>
    asked.catch((error: unknown) => {
      const isSecret = apiKey !== undefined && apiKey.length >= keyMinCharacters;
      throw isSecret && ModelPoolError.isInstance(error) ? withoutKey(error, apiKey) : error;
    });
  const ask = (route: string, request: Omit<JsonRequest, 'path'>) =>
    keyless(requestJson(server, { ...request, path: api + route }));
  const health = (signal: AbortSignal) => keyless(askHealth(server, root, signal));
  const postBeside = (path: string, body: JsonObject, signal: AbortSignal) =>
    keyless(requestJson(server, { method: 'POST', path: root + path, body, signal, mostBytes: answerLimitBytes }));
  const countRoute = () => (countsNothing ? null : countRouteOf(engine ?? null));
  const countsOne = () => [...listed].some((model) => !uncounted.has(plainName(model)));
  const models = async (signal: AbortSignal): Promise<ListedModel[]> => {
    const found = readModels(await ask('/models', { method: 'GET', signal }));
    listed = new Set(found.map(({ model }) => model));
    engine = found[0]?.owner ?? null;
    return found;
  };
  return {
    name,
    kind: 'openai',
    url: origin + path,
    device,
    traits: { residency: 'fixed', isLocal: device === 'local', canPull: false, isProbed: true },
    version: async (signal) => {
      if ((await health(signal)) === 'absent' || engine === undefined) await models(signal);
      return { version: '', engine: engine ?? null };
    },
    list: async (signal) => (await models(signal)).map(toInstalled),
    loaded: async (signal) => (await models(signal)).filter(({ isReady }) => isReady).map(toLoaded),
    describe: (model) => Promise.resolve(model),
    load: async ({ model }, signal) => {
      while ((await health(signal)) === 'loading') await pause(clock, loadPollMs, signal);
      const found = await models(signal);
      const names = found.map((entry) => plainName(entry.model));
      if (!names.includes(plainName(model)))
        throw poolError('model-missing', `${name} does not serve ${model} but ${names.slice(0, 5).join(', ')}`, {
          model,
        });
    },
    unload: () => Promise.resolve(),
    pull: () => Promise.reject(poolError('capability-missing', `${name} is a server that does not fetch models`)),
    stream: (request, sink) =>
      keyless(streamText({ server, path: `${api}/chat/completions`, listed, refusals }, request, sink)),
    embed: async ({ model }, input, signal) => {
      const body = { model, input, encoding_format: 'float' };
      const answer = await ask('/embeddings', { method: 'POST', body, signal, mostBytes: answerLimitBytes });
      return readEmbeddings(answer, input.length);
    },
    decide: createDecide((body, { signal }) => ask('/systemone', { method: 'POST', body, signal })),
    countsTokens: () => countRoute() !== null && countsOne(),
    countTokens: async (call) => {
      const route = countRoute();
      const { model } = call.profile;
      if (route === null || uncounted.has(plainName(model))) return null;
      try {
        return await countTokens(postBeside, route, call, refusals.get(model) ?? new Set());
      } catch (error) {
        const status = ModelPoolError.isInstance(error) ? error.details.status : null;
        if (status === 405 || status === 501) countsNothing = true;
        // One that is missing may come later.
        if (status === 404 && (error as ModelPoolError).code !== 'model-missing') uncounted.add(plainName(model));
        throw error;
      }
    },
    close: () => agent.destroy(),
  };
}
