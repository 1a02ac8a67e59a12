import { countQuarters } from '../system.js';
import type { Logger } from '../types.js';

/** The injected counter of tokens. Where it fails, as one of a model's own vocabulary may, the text is estimated and the call goes on; that is told once. */
export function createTokenCounter(
  count: ((text: string) => number) | undefined,
  logger: Logger,
): (text: string) => number {
  if (count === undefined) return countQuarters;
  let isTold = false;
  return (text) => {
    let failure: unknown = null;
    try {
      const tokens = count(text);
      if (Number.isFinite(tokens) && tokens >= 0) return tokens;
      failure = new RangeError(`countTokens returned ${tokens}`);
    } catch (error) {
      failure = error;
    }
    if (!isTold) logger.warn({ error: failure }, 'countTokens failed: tokens are estimated');
    isTold = true;
    return countQuarters(text);
  };
}
