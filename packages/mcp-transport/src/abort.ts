/**
 * Aborts `controller` when one of the signals is aborted, with its reason. Returns a function that takes the listeners
 * away again: a signal that lives long must not keep one listener a call.
 */
export function follow(controller: AbortController, signals: readonly (AbortSignal | undefined)[]): () => void {
  const listeners: (() => void)[] = [];
  const release = () => {
    for (const remove of listeners.splice(0)) remove();
  };
  for (const signal of signals) {
    if (!signal) continue;
    const onAbort = () => {
      release();
      controller.abort(signal.reason);
    };
    if (signal.aborted) {
      onAbort();
      return release;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    listeners.push(() => signal.removeEventListener('abort', onAbort));
  }
  return release;
}

/** `promise`, or a rejection with the signal's reason as soon as it is aborted. */
export function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
