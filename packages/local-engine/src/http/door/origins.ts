import { LocalEngineError } from '../../errors.js';

/**
 * Checks the option `origins`: scheme, host and port, as browsers write them.
 *
 * @throws {@link LocalEngineError} `invalid-options`, also for `*` and `null`, which would let everybody in
 */
export function readOrigins(origins: readonly string[]): readonly string[] {
  for (const origin of origins) {
    if (URL.canParse(origin) && origin !== 'null' && new URL(origin).origin === origin) continue;
    throw new LocalEngineError(
      'invalid-options',
      `${JSON.stringify(origin)} is no origin: write it as https://example.org`,
    );
  }
  return origins;
}

/** Headers that let a page of an allowed origin read an answer. */
export function originHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'x-tale-format-unenforced',
    vary: 'origin',
  };
}

/** Headers of the answer to the question whether a page may ask, which browsers put first. */
export function preflightHeaders(origin: string): Record<string, string> {
  return {
    ...originHeaders(origin),
    'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
    'access-control-allow-headers': 'authorization, content-type, x-tale-priority',
    'access-control-max-age': '600',
  };
}
