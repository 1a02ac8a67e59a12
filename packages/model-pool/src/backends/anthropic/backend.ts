import { setMaxListeners } from 'node:events';
import { Agent } from 'undici';
import { poolError } from '../../calls/call-error.js';
import { ModelPoolError } from '../../errors.js';
import type { InstalledModel } from '../../status.js';
import { waitFor } from '../../waiting/wait-for.js';
import type { Backend, BackendParts } from '../backend.js';
import { countRequest } from '../count-request.js';
import { parseServerUrl } from '../http/server-url.js';
import { withoutKey } from '../without-key.js';
import { type AnthropicSdk, apiVersion, type Connection, countMessage, loadSdk } from './client.js';
import { modelFacts } from './models.js';
import type { AnthropicBackendOptions } from './options.js';
import { streamMessage } from './text-stream.js';
import { countBody } from './wire.js';

const defaultUrl = 'https://api.anthropic.com';

function describeModel(model: string): InstalledModel {
  const capabilities = ['completion', 'tools', 'thinking'];
  return {
    model,
    digest: null,
    bytes: 0,
    capabilities,
    kvBytesPerToken: null,
    contextTokens: modelFacts(model).contextTokens,
  };
}

/** Asks for the key; what the caller's function throws may hold it, so only the kind of the failure is kept. */
async function readKey(apiKey: AnthropicBackendOptions['apiKey']): Promise<string> {
  let key: unknown = apiKey;
  try {
    if (typeof apiKey === 'function') key = await apiKey();
  } catch (error) {
    const fault = error instanceof Error ? ((error as { code?: unknown }).code ?? error.name) : typeof error;
    throw poolError('configuration', 'the function that gives the key of the Claude API failed', {
      details: { fault: String(fault) },
    });
  }
  if (typeof key !== 'string' || key === '') throw poolError('configuration', 'there is no key for the Claude API');
  // Anything else cannot stand in a header, and what refuses it there would quote it.
  if (!/^[\w.~+/=-]+$/.test(key))
    throw poolError('configuration', 'the key of the Claude API has characters that no key has: spaces, line ends?');
  return key;
}

/** The Claude API. Every request is a streamed message; what the API cannot do is a `capability-missing`. */
export function createAnthropicBackend(
  options: AnthropicBackendOptions,
  { name, clock, connectMs, models }: BackendParts,
  importSdk: () => Promise<AnthropicSdk> = () => import('@anthropic-ai/sdk'),
): Backend {
  const { baseUrl = defaultUrl, timeoutMs = 30_000, cache = true } = options;
  if (!(timeoutMs > 0))
    throw poolError('configuration', `backend ${name}: timeoutMs must be above 0`, { backend: name });
  const { origin, path } = parseServerUrl(name, baseUrl);
  const url = origin + path;
  const agent = options.dispatcher ?? new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: connectMs } });
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // one per running call is no leak
  let sdk: Promise<AnthropicSdk> | null = null;
  const connect = async (): Promise<Connection> => {
    const apiKey = await readKey(options.apiKey);
    sdk ??= loadSdk(importSdk);
    try {
      return { sdk: await sdk, url, apiKey, dispatcher: agent, clock };
    } catch (error) {
      sdk = null; // it may be installed by the next call
      throw error;
    }
  };
  const missing = (what: string) => () =>
    Promise.reject(poolError('capability-missing', `the Claude API ${what}`, { backend: name }));
  const known = () => [...(options.models ?? models ?? [])].map(describeModel);
  return {
    name,
    kind: 'anthropic',
    url,
    device: null,
    traits: { residency: 'fixed', isLocal: false, canPull: false, isProbed: false },
    version: () => Promise.resolve({ version: apiVersion, engine: 'claude' }),
    list: () => Promise.resolve(known()),
    loaded: () =>
      Promise.resolve(
        known().map(({ model, contextTokens }) => ({
          model,
          digest: null,
          bytes: 0,
          contextTokens,
          expiresAtMs: null,
        })),
      ),
    describe: (model) => Promise.resolve({ ...model, ...describeModel(model.model) }),
    load: () => Promise.resolve(),
    unload: () => Promise.resolve(),
    pull: missing('has no models to fetch'),
    stream: (request, sink) =>
      streamMessage({ connect, timeoutMs, isCached: cache, clock, closed: closing.signal }, request, sink),
    embed: missing('makes no vectors'),
    decide: missing('reads no probabilities off its models'),
    countsTokens: () => true,
    async countTokens(call) {
      const body = countBody(countRequest(call));
      const signal = AbortSignal.any([call.signal, closing.signal]);
      const connection = await waitFor(connect(), signal);
      return countMessage(connection, body, signal).catch((error: unknown) => {
        throw ModelPoolError.isInstance(error) ? withoutKey(error, connection.apiKey) : error;
      });
    },
    async close() {
      closing.abort(poolError('aborted', 'the backend was closed', { retryable: true }));
      if (options.dispatcher === undefined) await (agent as Agent).destroy();
    },
  };
}
