import type { Clock } from '../types.js';

/** Does something with a signal that ends with another one, or with `late` once the time is over. */
export async function limitTime<Value>(
  clock: Clock,
  limitMs: number,
  late: Error,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  const stopTimer = clock.after(limitMs, () => controller.abort(late));
  try {
    return await act(AbortSignal.any([signal, controller.signal]));
  } finally {
    stopTimer();
  }
}
