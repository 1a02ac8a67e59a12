import type { Clock } from './types.js';

/** A stretch of time that ends by itself; disposing lets go of its timer. */
export interface TimeLimit extends Disposable {
  /** Aborts when the time is over, with a `TimeoutError`, or when whoever asked leaves, with their reason. */
  readonly signal: AbortSignal;
}

/** `limitMs` from now, at most as long as `signal` lasts. */
export function limitTime(limitMs: number, signal: AbortSignal, clock: Clock): TimeLimit {
  const over = new AbortController();
  const leave = () => over.abort(signal.reason);
  const cancel = clock.after(limitMs, () => over.abort(new DOMException('the time is over', 'TimeoutError')));
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  return {
    signal: over.signal,
    [Symbol.dispose]() {
      cancel();
      signal.removeEventListener('abort', leave);
    },
  };
}
