import { LocalEngineError } from '../errors.js';

/** What was asked for, and what the answer must be. */
export interface HubExpectation {
  /** For messages: `host` for `repo/file`. */ readonly what: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Where the wanted range begins. */ readonly fromBytes: number;
  readonly hasToken: boolean;
}

/**
 * Where the body of an answer begins in the file.
 *
 * @throws {@link LocalEngineError} `source-failed` for an answer that cannot be the file, `hash-mismatch` for one that says that it is another
 */
export function checkHubResponse(response: Response, expected: HubExpectation): number {
  const { what, bytes, fromBytes } = expected;
  if (!response.ok) throw refusal(response.status, expected);
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) {
    throw new LocalEngineError('source-failed', `${what}: a web page came instead of the file`);
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  const startBytes = response.status === 206 ? Number(range?.[1] ?? Number.NaN) : 0;
  if (startBytes !== 0 && startBytes !== fromBytes) {
    throw new LocalEngineError('source-failed', `${what}: another range came than the one that was asked for`);
  }
  const stated = response.status === 206 ? range?.[2] : response.headers.get('content-length');
  if (stated && stated !== '*' && Number(stated) !== bytes) {
    throw new LocalEngineError('source-failed', `${what}: ${stated} bytes are offered instead of ${bytes}`);
  }
  return startBytes;
}

/** Refuses before the first byte what the hub says is another file; what it says well proves nothing. */
export function checkHubHeaders(headers: Headers, { what, bytes, sha256 }: HubExpectation): void {
  const linkedBytes = headers.get('x-linked-size');
  if (linkedBytes !== null && /^\d+$/.test(linkedBytes) && Number(linkedBytes) !== bytes) {
    throw new LocalEngineError('source-failed', `${what}: the hub has ${linkedBytes} bytes instead of ${bytes}`);
  }
  const etag = /^(?:W\/)?"?([a-f0-9]{64})"?$/.exec(headers.get('x-linked-etag') ?? '')?.[1];
  if (etag !== undefined && etag !== sha256) {
    throw new LocalEngineError('hash-mismatch', `${what}: the hub has another file than the pinned one`);
  }
}

function refusal(status: number, { what, hasToken }: HubExpectation): LocalEngineError {
  return new LocalEngineError('source-failed', `${what}: status ${status}${reasonOf(status, hasToken)}`, {
    retryable: status >= 500 || status === 429 || status === 408,
  });
}

function reasonOf(status: number, hasToken: boolean): string {
  if (status === 401 || status === 403) {
    return hasToken
      ? '; the token of HF_TOKEN may not read it'
      : '; it is gated: set HF_TOKEN to a token that may read it';
  }
  return status === 404 ? '; there is no such repository, revision or file' : '';
}
