import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { CommandError } from '../command-error.js';
import { postFailure, readPostText } from './post.js';
import type { ServerAddress } from './server-client.js';

/** The answer to a large import comes when all of it is stored. */
const silenceMs = 1_800_000;

/** Opens an answer of any length; the caller reads it to its end or destroys it. */
export async function openDownload(
  address: ServerAddress,
  path: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { answer } = await send(address, path, { method: 'GET', signal });
  return accepted(answer, address.name);
}

/** Sends a text of any length and resolves with the answer; a server that refuses it is believed before all is sent. */
export async function upload<Answer>(
  address: ServerAddress,
  path: string,
  { body, bytes, signal }: { readonly body: Readable; readonly bytes: number | null; readonly signal: AbortSignal },
): Promise<Answer> {
  const { answer, outgoing } = await send(address, path, { method: 'POST', signal, body, bytes });
  try {
    return JSON.parse(await readPostText(await accepted(answer, address.name))) as Answer;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    signal.throwIfAborted();
    throw lost(address.name, error);
  } finally {
    body.destroy();
    outgoing.destroy();
  }
}

interface Sent {
  readonly answer: IncomingMessage;
  readonly outgoing: ClientRequest;
}

interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly signal: AbortSignal;
  readonly body?: Readable;
  readonly bytes?: number | null;
}

function send({ name, url, token }: ServerAddress, path: string, options: Outgoing): Promise<Sent> {
  const { method, signal, body, bytes } = options;
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body ? { 'content-type': 'application/json' } : {}),
    ...(typeof bytes === 'number' ? { 'content-length': String(bytes) } : {}),
  };
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const outgoing = request(new URL(path, url), { method, headers, agent: false, signal }, (answer) =>
      resolve({ answer, outgoing }),
    );
    outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error(`no answer within ${silenceMs} ms`)));
    outgoing.on('error', (error) => reject(signal.aborted ? signal.reason : lost(name, error)));
    if (!body) {
      outgoing.end();
      return;
    }
    body.on('error', (error) => {
      outgoing.destroy();
      reject(error);
    });
    body.pipe(outgoing);
  });
}

async function accepted(answer: IncomingMessage, name: string): Promise<IncomingMessage> {
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return answer;
  throw postFailure(await readPostText(answer), name, status);
}

/** The connection ended before the answer did. */
export function lost(name: string, cause: unknown): CommandError {
  return new CommandError('connection-lost', `The connection to the ${name} server was lost.`, {
    cause,
    retryable: true,
    hint: 'tale servers status; then the same command again',
  });
}
