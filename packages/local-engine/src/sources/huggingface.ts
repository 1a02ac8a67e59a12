import { LocalEngineError } from '../errors.js';
import type { HuggingFaceModelSource, SourceDriver, SourceRequest } from '../types.js';

/** Options of {@link huggingFaceSource}. */
export interface HuggingFaceOptions {
  /** Where the hub is. @defaultValue `https://huggingface.co` */ readonly endpoint?: string;
  /** Token, sent to that origin alone. */ readonly token?: string | undefined;
  /** How long a server may take to answer, ms. */ readonly connectMs?: number;
  /** How long a body may stand still, ms. */ readonly idleMs?: number;
  /** The platform's fetch. */ readonly fetch?: typeof fetch;
}

const mostRedirects = 5;
const mostTries = 5;

/** The hub of Hugging Face: HTTPS, resumed by ranges. */
export function huggingFaceSource(options: HuggingFaceOptions = {}): SourceDriver {
  const endpoint = new URL(options.endpoint ?? 'https://huggingface.co');
  const connectMs = options.connectMs ?? 5_000;
  const idleMs = options.idleMs ?? 30_000;
  const request = options.fetch ?? fetch;

  /** Follows redirects itself, since the token must not travel to another origin. */
  const open = async (url: URL, fromBytes: number, signal: AbortSignal): Promise<Response> => {
    let at = url;
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const headers = new Headers({ 'accept-encoding': 'identity' });
      if (fromBytes > 0) headers.set('range', `bytes=${fromBytes}-`);
      if (options.token && at.origin === endpoint.origin) headers.set('authorization', `Bearer ${options.token}`);
      const response = await answerWithin(request, at, headers, connectMs, signal);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || !location) return response;
      await response.body?.cancel();
      at = new URL(location, at);
      if (endpoint.protocol === 'https:' && at.protocol !== 'https:') {
        throw new LocalEngineError('source-failed', `${url.host} redirects to an unencrypted address`);
      }
    }
    throw new LocalEngineError('source-failed', `${url.host} redirects without end`);
  };

  /** Returns whether the file is whole. */
  const resume = async (source: HuggingFaceModelSource, { bytes, file, signal, onProgress }: SourceRequest) => {
    const present = await file.size();
    if (present > bytes) await file.truncate(0);
    const fromBytes = present > bytes ? 0 : present;
    if (fromBytes === bytes) return true;
    const url = new URL(
      `${endpoint.pathname.replace(/\/$/, '')}/${source.repo}/resolve/${source.revision}/${source.file}`,
      endpoint,
    );
    const response = await open(url, fromBytes, signal);
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new LocalEngineError(
        'source-failed',
        `${url.host} answered ${response.status} for ${source.repo}/${source.file}`,
        {
          retryable: response.status >= 500 || response.status === 429,
        },
      );
    }
    const startBytes = response.status === 206 ? fromBytes : 0;
    const stated = statedSize(response);
    if (stated !== null && stated !== bytes) {
      await response.body.cancel();
      throw new LocalEngineError('source-failed', `${url.host} offers ${stated} bytes instead of ${bytes}`);
    }
    await file.truncate(startBytes);
    await file.append(untilIdle(response.body, idleMs, bytes - startBytes), (appended) =>
      onProgress(startBytes + appended),
    );
    return (await file.size()) === bytes;
  };

  return {
    kind: 'huggingface',
    async fetch(source, sourceRequest) {
      if (source.kind !== 'huggingface') throw new TypeError('not a Hugging Face source');
      for (let tries = 1; ; tries++) {
        const before = await sourceRequest.file.size();
        try {
          if (await resume(source, sourceRequest)) return;
        } catch (error) {
          sourceRequest.signal.throwIfAborted();
          if (LocalEngineError.isInstance(error) || (error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
          // A connection that broke after some bytes is taken up again.
          if (tries >= mostTries || (await sourceRequest.file.size()) <= before) {
            throw new LocalEngineError('source-unreachable', `${endpoint.host}: the connection broke`, {
              cause: error,
              retryable: true,
            });
          }
          continue;
        }
        if (tries >= mostTries)
          throw new LocalEngineError('source-failed', `${endpoint.host} ends too early`, { retryable: true });
      }
    },
  };
}

async function answerWithin(
  request: typeof fetch,
  url: URL,
  headers: Headers,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    return await request(url, { headers, redirect: 'manual', signal: AbortSignal.any([signal, late.signal]) });
  } catch (error) {
    signal.throwIfAborted();
    const reason = late.signal.aborted ? `no answer within ${timeoutMs / 1000} s` : causeOf(error);
    throw new LocalEngineError('source-unreachable', `${url.host} cannot be reached: ${reason}`, {
      cause: error,
      retryable: true,
    });
  } finally {
    clearTimeout(timer);
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
}

function statedSize(response: Response): number | null {
  const text =
    response.status === 206
      ? /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
      : response.headers.get('content-length');
  return text ? Number(text) : null;
}

/** The chunks of a body; fails when none comes for `idleMs` or more than `limitBytes` come. */
async function* untilIdle(
  body: ReadableStream<Uint8Array>,
  idleMs: number,
  limitBytes: number,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let leftBytes = limitBytes;
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const idle = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no bytes for ${idleMs / 1000} s`)), idleMs);
      });
      const chunk = await Promise.race([reader.read(), idle]).finally(() => clearTimeout(timer));
      if (chunk.done) return;
      leftBytes -= chunk.value.byteLength;
      if (leftBytes < 0) throw new LocalEngineError('source-failed', 'the server sends more bytes than the file has');
      yield chunk.value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
