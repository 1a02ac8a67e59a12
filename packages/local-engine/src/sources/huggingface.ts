import { LocalEngineError } from '../errors.js';
import { isFullDisk } from '../store/full-disk.js';
import type { HuggingFaceModelSource, SourceDriver, SourceRequest } from '../types.js';
import { checkHubHeaders, checkHubResponse, type HubExpectation } from './hub-response.js';
import { untilIdle } from './idle-body.js';

/** Options of {@link huggingFaceSource}. */
export interface HuggingFaceOptions {
  /** Where the hub is. @defaultValue `https://huggingface.co` */ readonly endpoint?: string;
  /** Token, sent to that origin alone. */ readonly token?: string | undefined;
  /** How long a server may take to answer, ms. */ readonly connectMs?: number;
  /** How long a body may stand still, ms. */ readonly idleMs?: number;
  /** The platform's fetch. */ readonly fetch?: typeof fetch;
}

const mostRedirects = 5;
/** In a row that bring nothing to speak of; after more than {@link progressBytes} the count begins anew. */
const mostTries = 5;
const progressBytes = 16 * 2 ** 20;

/** The hub of Hugging Face: HTTPS, resumed by ranges. */
export function huggingFaceSource(options: HuggingFaceOptions = {}): SourceDriver {
  const endpoint = readEndpoint(options.endpoint ?? 'https://huggingface.co');
  const { token, connectMs = 5_000, idleMs = 30_000, fetch: request = fetch } = options;

  /** Follows redirects itself, since the token must not travel to another origin. */
  const open = async (url: URL, expected: HubExpectation, signal: AbortSignal): Promise<Response> => {
    let at = url;
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const headers = new Headers({ 'accept-encoding': 'identity' });
      if (expected.fromBytes > 0) headers.set('range', `bytes=${expected.fromBytes}-`);
      if (token && at.origin === endpoint.origin) headers.set('authorization', `Bearer ${token}`);
      const response = await answerWithin(request, at, headers, connectMs, signal);
      try {
        if (at.origin === endpoint.origin) checkHubHeaders(response.headers, expected);
        const next = redirectOf(response, at);
        if (next === null) return response;
        at = next;
      } catch (error) {
        await response.body?.cancel();
        throw error;
      }
      await response.body?.cancel();
    }
    throw new LocalEngineError('source-failed', `${url.host} redirects without end`);
  };

  /** Returns whether the file is whole. */
  const resume = async (
    source: HuggingFaceModelSource,
    { bytes, sha256, file, signal, onProgress }: SourceRequest,
  ): Promise<boolean> => {
    if ((await file.size()) > bytes) await file.truncate(0);
    const fromBytes = await file.size();
    if (fromBytes === bytes) return true;
    const path = `${source.repo}/resolve/${source.revision}/${source.file}`;
    const what = `${endpoint.host} for ${source.repo}/${source.file}`;
    const expected = { what, bytes, sha256, fromBytes, hasToken: Boolean(token) };
    const response = await open(new URL(`${endpoint.pathname.replace(/\/$/, '')}/${path}`, endpoint), expected, signal);
    let startBytes: number;
    try {
      startBytes = checkHubResponse(response, expected);
    } catch (error) {
      await response.body?.cancel();
      throw error;
    }
    if (!response.body) return false;
    await file.truncate(startBytes);
    const body = untilIdle(response.body, idleMs, bytes - startBytes);
    await file.append(body, (appended) => onProgress(startBytes + appended));
    return (await file.size()) === bytes;
  };

  return {
    kind: 'huggingface',
    async fetch(source, sourceRequest) {
      if (source.kind !== 'huggingface') throw new TypeError('not a Hugging Face source');
      const { file, signal } = sourceRequest;
      for (let tries = 1; ; tries++) {
        const before = await file.size();
        let broken: unknown = null;
        try {
          if (await resume(source, sourceRequest)) return;
        } catch (error) {
          signal.throwIfAborted();
          if (LocalEngineError.isInstance(error) || isFullDisk(error)) throw error;
          broken = error;
        }
        const gainedBytes = (await file.size()) - before;
        if (gainedBytes > progressBytes) tries = 0;
        if (gainedBytes > 0 && tries < mostTries) continue; // taken up where it broke
        const [code, what] = broken
          ? (['source-unreachable', 'the connection broke'] as const)
          : (['source-failed', 'the file ends too early'] as const);
        throw new LocalEngineError(code, `${endpoint.host}: ${what}`, { retryable: true, cause: broken });
      }
    },
  };
}

function readEndpoint(text: string): URL {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw new LocalEngineError('invalid-options', `HF_ENDPOINT is no address: "${text}"`);
}

/** Where an answer leads, `null` = it is the last one. */
function redirectOf({ status, headers }: Response, from: URL): URL | null {
  const location = headers.get('location');
  if (status < 300 || status >= 400 || location === null) return null;
  if (!URL.canParse(location, from.href)) {
    throw new LocalEngineError('source-failed', `${from.host} redirects to what is no address`);
  }
  const next = new URL(location, from);
  if (from.protocol !== 'https:' || next.protocol === 'https:') return next;
  throw new LocalEngineError('source-failed', `${from.host} redirects to an unencrypted address`);
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
