import { LocalEngineError } from '../errors.js';
import { lastLines, type ProgramResult } from './program.js';

/** The code that npm ends with, `null` where it says none: it was killed, or did not start. With `--json` the error is a document on stdout. */
export function npmCode({ stdout, stderr }: ProgramResult): string | null {
  return /"code":\s*"([A-Z0-9_]+)"/.exec(stdout)?.[1] ?? /\bcode ([A-Z0-9_]+)/.exec(stderr)?.[1] ?? null;
}

const unreachable =
  /^(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EPIPE|ERR_SOCKET_TIMEOUT|FETCH_ERROR|ENETUNREACH|EHOSTUNREACH|EPROTO|UND_ERR_\w+|E407)$/;

/** What npm's output means. */
export function npmFailure(packageName: string, result: ProgramResult): LocalEngineError {
  const code = npmCode(result);
  const said = lastLines(result.stderr, 1);
  const message = `npm could not fetch ${packageName}: ${[code, said].filter(Boolean).join(' ') || 'it was ended'}`;
  if (code === null) return new LocalEngineError('source-failed', message);
  if (unreachable.test(code)) return new LocalEngineError('source-unreachable', message, { retryable: true });
  if (code === 'EINTEGRITY') return new LocalEngineError('hash-mismatch', message);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new LocalEngineError('disk-full', message);
  return new LocalEngineError('source-failed', message, { retryable: /^E5\d\d$|^E429$/.test(code) });
}
