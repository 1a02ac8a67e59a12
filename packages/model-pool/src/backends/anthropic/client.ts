import type { Anthropic } from '@anthropic-ai/sdk';
import type { MessageCountTokensParams, MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages';
import { type Dispatcher, type RequestInit, type Response, fetch as undiciFetch } from 'undici';
import { poolError } from '../../calls/call-error.js';
import type { Clock } from '../../types.js';
import { failureOfTransport } from '../http/failures.js';
import { failureOfApi, readApiError } from './failures.js';

/** The version of the API that the requests here are written for. */
export const apiVersion = '2026-10-21';

/** The SDK, as far as it is used. */
export type AnthropicSdk = Pick<typeof import('@anthropic-ai/sdk'), 'Anthropic'>;

/** Loads the SDK, an optional peer. @throws ModelPoolError `configuration` that says how to install it */
export async function loadSdk(importSdk: () => Promise<AnthropicSdk>): Promise<AnthropicSdk> {
  try {
    return await importSdk();
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    const install = 'npm install @anthropic-ai/sdk@1';
    const message = isMissing
      ? `Claude needs the package @anthropic-ai/sdk, which is not installed: ${install}`
      : `the package @anthropic-ai/sdk could not be loaded: ${install}`;
    throw poolError('configuration', message, { cause, details: { package: '@anthropic-ai/sdk', install } });
  }
}

/** Headers that are sent. What the SDK adds of its own (platform, tracing, the environment's headers) is not. */
const sentHeaders = ['accept', 'authorization', 'anthropic-version', 'content-type', 'user-agent'];

/** What a request is sent with. */
export interface Connection {
  /** The SDK. */
  readonly sdk: AnthropicSdk;
  /** Base of the API. */
  readonly url: string;
  /** Key. */
  readonly apiKey: string;
  /** Connections. */
  readonly dispatcher: Dispatcher;
  /** Time. */
  readonly clock: Pick<Clock, 'now'>;
}

/** A client for one request. Everything is said here, so that it reads no variable of the environment; it neither retries nor logs. */
function createClient({ sdk, url, apiKey }: Connection, send: typeof fetch): Anthropic {
  const longestMs = 2 ** 31 - 1; // the pool watches the time
  return new sdk.Anthropic({
    apiKey,
    authToken: null,
    webhookKey: null,
    baseURL: url,
    maxRetries: 0,
    timeout: longestMs,
    fetch: send,
    logLevel: 'off',
    openTelemetry: false,
  });
}

/** A client whose requests go through our connections, with the failure of the transport, which the SDK replaces by its own. */
function openClient(connection: Connection): { readonly client: Anthropic; readonly failed: () => unknown } {
  let transportError: unknown = null;
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    const given = new Headers(init.headers as unknown as Headers);
    const headers = sentHeaders.flatMap((name) => (given.has(name) ? [[name, given.get(name) ?? '']] : []));
    try {
      return await undiciFetch(url, {
        ...init,
        headers: [...headers, ['accept-encoding', 'identity']] as [string, string][],
        redirect: 'manual',
        dispatcher: connection.dispatcher,
      });
    } catch (error) {
      transportError = error;
      throw error;
    }
  };
  return { client: createClient(connection, send as unknown as typeof fetch), failed: () => transportError };
}

const headersOf = ({ apiKey }: Connection, accept: string) => ({
  accept,
  'anthropic-version': apiVersion,
  authorization: `Bearer ${apiKey}`,
  'user-agent': 'tale-model-pool',
});

/** What a request was refused with, or why it was not answered. */
function failureOf(error: unknown, transportError: unknown, { clock }: Connection, signal: AbortSignal): unknown {
  signal.throwIfAborted();
  const failure = readApiError(error, clock.now());
  return failure === null ? failureOfTransport(transportError ?? error, false) : failureOfApi(failure, false);
}

/**
 * Sends a message. Resolves with an answer that is a success; its body is not read yet.
 *
 * @throws ModelPoolError for what the API refuses and for a connection that fails
 */
export async function sendMessage(
  connection: Connection,
  body: MessageCreateParamsStreaming,
  signal: AbortSignal,
): Promise<Response> {
  const { client, failed } = openClient(connection);
  const headers = headersOf(connection, 'text/event-stream');
  try {
    // `messages.create` writes deprecation notes of models to the console.
    const answer = await client.post('/v1/messages', { body, headers, signal, stream: true }).asResponse();
    return answer as unknown as Response;
  } catch (error) {
    throw failureOf(error, failed(), connection, signal);
  }
}

/**
 * Tokens of the prompt of a message, which is not sent.
 *
 * @throws ModelPoolError for what the API refuses and for a connection that fails
 */
export async function countMessage(
  connection: Connection,
  body: MessageCountTokensParams,
  signal: AbortSignal,
): Promise<number> {
  const { client, failed } = openClient(connection);
  try {
    const headers = headersOf(connection, 'application/json');
    return (await client.messages.countTokens(body, { headers, signal })).input_tokens;
  } catch (error) {
    throw failureOf(error, failed(), connection, signal);
  }
}
