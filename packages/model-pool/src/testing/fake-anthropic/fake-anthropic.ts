import type { IncomingMessage } from 'node:http';
import { systemClock } from '../../system.js';
import type { Clock, JsonObject } from '../../types.js';
import { FakeDoor } from '../fake-ollama/door.js';
import { FakeExchange, type FakeRequest } from '../fake-ollama/exchange.js';
import { checkCountRequest, checkMessageRequest } from './checks.js';
import { type FakeAnthropicFault, FakeAnthropicFaultBox } from './faults.js';
import { chatText, countFakeWords, fixedText, scriptOfRequest } from './script.js';
import { AnswerWriter, playInstead, refuse } from './write-answer.js';

/** One request to the fake Claude API, as its log keeps it. */
export interface FakeAnthropicRequest extends FakeRequest {
  /** Headers, by their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Port that the request came from: the same one is the same connection. */
  readonly clientPort: number;
  /** Whether the client has left or the answer is over. */
  isGone: boolean;
}

/** Options of {@link startFakeAnthropic}. */
export interface FakeAnthropicOptions {
  /** The key that it asks for. @defaultValue any */
  readonly apiKey?: string | undefined;
  /** Models that it has. @defaultValue all whose names begin with `claude-` */
  readonly models?: readonly string[] | undefined;
  /** Length of an answer, tokens. @defaultValue `12` */
  readonly tokens?: number | undefined;
  /** Time. @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

/** A server that behaves as the Claude API does, in this process. */
export interface FakeAnthropic extends AsyncDisposable {
  /** Where it listens; the same after faults. */
  readonly url: string;
  /** Every request so far, the open ones included. */
  readonly log: readonly FakeAnthropicRequest[];
  /** Replaces all faults; none = all is well. Resolves once they are in force. */
  set(...faults: readonly FakeAnthropicFault[]): Promise<void>;
  /** Stops listening and ends all connections. May be called twice. */
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<JsonObject | null> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as JsonObject;
  } catch {
    return null;
  }
}

function readHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/**
 * Starts a fake Claude API on the loopback interface: `POST /v1/messages` of version 2026-10-21, streamed, and
 * `/v1/messages/count_tokens`. It refuses what
 * the API refuses, counts words as tokens, and says what the last message tells it to, such as `[say some words]`.
 */
export async function startFakeAnthropic(options: FakeAnthropicOptions = {}): Promise<FakeAnthropic> {
  const { clock = systemClock, tokens = 12, apiKey, models } = options;
  const faults = new FakeAnthropicFaultBox();
  const log: FakeAnthropicRequest[] = [];
  const cache = new Set<string>();
  const has = (model: string) => models?.includes(model) ?? model.startsWith('claude-');

  async function answer(exchange: FakeExchange, headers: Readonly<Record<string, string>>): Promise<void> {
    const invalid = (message: string) => refuse(exchange, { status: 400, type: 'invalid_request_error', message });
    const { authorization, path, method } = exchange.entry;
    const isCount = path === '/v1/messages/count_tokens';
    if (method !== 'POST' || (path !== '/v1/messages' && !isCount))
      return refuse(exchange, { status: 404, type: 'not_found_error', message: 'Not found' });
    if (!authorization?.startsWith('Bearer ') || (apiKey !== undefined && authorization !== `Bearer ${apiKey}`))
      return refuse(exchange, { status: 401, type: 'authentication_error', message: 'invalid bearer token' });
    if (headers['anthropic-version'] !== '2026-10-21') return invalid('anthropic-version: unexpected value');
    const fault = faults.take();
    if (fault !== null && (await playInstead(exchange, fault))) return;
    const model = String(exchange.body.model);
    if (!has(model)) return refuse(exchange, { status: 404, type: 'not_found_error', message: `model: ${model}` });
    const wrong = isCount ? checkCountRequest(exchange.body) : checkMessageRequest(exchange.body);
    if (wrong !== null) return invalid(wrong);
    if (isCount) {
      const text = `${fixedText(exchange.body)} ${chatText(exchange.body)}`;
      return exchange.json(200, { input_tokens: countFakeWords(text) });
    }
    await new AnswerWriter(exchange, scriptOfRequest(exchange.body, tokens), fault, cache).write();
  }

  const door = await FakeDoor.open(0, (request, response) => {
    response.on('error', () => {});
    const headers = readHeaders(request);
    readBody(request)
      .then(async (body) => {
        const exchange = new FakeExchange(request, response, body, clock);
        const entry = Object.assign(exchange.entry, {
          headers,
          clientPort: request.socket.remotePort ?? 0,
          isGone: exchange.isGone,
        });
        exchange.signal.addEventListener('abort', () => Object.assign(entry, { isGone: true }), { once: true });
        log.push(entry);
        await answer(exchange, headers);
      })
      .catch(() => response.destroy());
  });
  const close = () => door.shut();
  return {
    url: `http://127.0.0.1:${door.port}`,
    log,
    async set(...given) {
      faults.set(given);
      await (faults.refuses ? door.shut() : door.open());
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
