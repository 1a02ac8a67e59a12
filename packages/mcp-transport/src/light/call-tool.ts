import { McpTransportError } from '../errors.js';
import type { Progress } from '../types.js';
import { readAnswer } from '../wire/answer.js';
import { endpointOf, modernBody, modernHeaders } from '../wire/modern.js';
import { readToolOutcome, toolError } from '../wire/tool-outcome.js';
import { openRequest } from './request.js';

/** One call of a tool. */
export interface LightCall {
  /** Address of the server; `/mcp` is added when it has no path. */
  readonly url: string;
  /** Bearer token. @defaultValue none is sent */
  readonly token?: string;
  /** Name of the tool. */
  readonly name: string;
  /** Arguments of the tool. @defaultValue `{}` */
  readonly args?: object;
  /** Closes the connection, which cancels the tool on the server. */
  readonly signal?: AbortSignal;
  /** Longest wait for the answer or the next progress, ms. @defaultValue `60_000` */
  readonly timeoutMs?: number;
  /** Makes the call one that may be sent again: the server runs equal keys once. 1 to 256 characters. */
  readonly idempotencyKey?: string;
  /** Called with each report of the tool. */
  readonly onProgress?: (progress: Progress) => void;
}

const retryDelayMs = 200;
const longestRetryDelayMs = 2_000;

/**
 * Calls a tool and resolves with its structured answer, or `{ text }` where it gives none. Sent a second time when the
 * first was not sent at all, or when it has an idempotency key and the failure is one that may pass.
 * @throws {@link McpTransportError} `tool-error` with the tool's own envelope; `connect`, `timeout`, `aborted`,
 * `stream-lost`, `overloaded`, `unauthorized`, `forbidden`, `protocol`, `version`, `unknown-tool`, `input-required`,
 * `too-large`
 */
export async function callTool<Result = Record<string, unknown>>(call: LightCall): Promise<Result> {
  try {
    return await attemptCall<Result>(call, 1);
  } catch (error) {
    if (!McpTransportError.isInstance(error) || !isRepeatable(error, call)) throw error;
    const delayMs = Math.min(longestRetryDelayMs, error.retryAfterMs ?? retryDelayMs);
    await pause(delayMs, call.signal);
    return await attemptCall<Result>(call, 2);
  }
}

function isRepeatable(error: McpTransportError, call: LightCall): boolean {
  if (error.code === 'connect') return true;
  return call.idempotencyKey !== undefined && error.retryable && error.code !== 'tool-error';
}

async function attemptCall<Result>(call: LightCall, attempt: number): Promise<Result> {
  const { token, name, args = {}, signal, idempotencyKey, onProgress, timeoutMs = 60_000 } = call;
  const id = 1;
  const facts = { method: 'tools/call', attempt };
  const url = endpointOf(call.url);
  const answer = await openRequest({
    url,
    method: 'POST',
    headers: modernHeaders('tools/call', name, token),
    body: modernBody({
      id,
      method: 'tools/call',
      params: { name, arguments: args },
      client: { name: 'tale-light', version: '1' },
      idempotencyKey,
      progressToken: onProgress && id,
    }),
    signal,
    timeoutMs,
    facts,
  });
  try {
    const result = await readAnswer(answer, {
      id,
      facts,
      onProgress(progress) {
        answer.restart();
        onProgress?.(progress);
      },
    });
    const outcome = readToolOutcome(result, url.host);
    if (outcome.error) throw toolError(outcome.error, facts);
    return (outcome.structured ?? { text: outcome.text }) as Result;
  } catch (error) {
    throw answer.failure(error);
  } finally {
    answer.close();
  }
}

/** Waits; an abort ends the wait, and the next attempt reports it. */
function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    signal?.addEventListener('abort', end);
  });
}
