import { type IncomingMessage, request } from 'node:http';
import type { ErrorEnvelope } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import type { RequestOptions, ServerAddress } from './server-client.js';

/** Sends a JSON document and resolves with the open answer of a request that succeeded. */
export async function openPost(
  { name, url, token }: ServerAddress,
  path: string,
  body: object,
  options: RequestOptions,
): Promise<IncomingMessage> {
  const text = JSON.stringify(body);
  const headers = {
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
  };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const { signal, timeoutMs = 60_000 } = options;
    const outgoing = request(
      new URL(path, url),
      { method: 'POST', headers, agent: false, ...(signal ? { signal } : {}) },
      resolve,
    );
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.on('error', (cause) => {
      const message = `The ${name} server does not answer at ${url}.`;
      reject(new CommandError('servers-down', message, { cause, retryable: true, hint: 'tale servers start' }));
    });
    outgoing.end(text);
  });
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return answer;
  throw postFailure(await readPostText(answer), name, status);
}

/** The whole text of an answer. */
export async function readPostText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? '{}' : text;
}

/** The failure that an answer with such a status tells. */
export function postFailure(text: string, source: string, status: number): CommandError {
  const unexpected = new CommandError('internal', `The ${source} server answered with status ${status}.`, {
    source,
    retryable: status >= 500,
  });
  try {
    const { error } = JSON.parse(text) as { error?: Partial<ErrorEnvelope> };
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') return unexpected;
    return CommandError.from({ ...unexpected.envelope, ...error });
  } catch {
    return unexpected; // not JSON: the status says as much
  }
}
