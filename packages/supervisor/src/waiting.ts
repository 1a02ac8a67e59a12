/** Lets callers wait for a condition over states that change one by one. */
export interface Waiting {
  /** Something has changed: all conditions are looked at again. */
  notify(): void;
  /**
   * Resolves with the first value of `read` that is not `undefined`, looked at now and after each change, in the same turn;
   * rejects with what `read` throws, or with the reason of `signal`.
   */
  until<Value>(read: () => Value | undefined, signal?: AbortSignal): Promise<Value>;
}

export function createWaiting(): Waiting {
  const checks = new Set<() => void>();
  return {
    notify() {
      for (const check of [...checks]) check();
    },
    until(read, signal) {
      return new Promise((resolve, reject) => {
        const end = () => {
          checks.delete(check);
          signal?.removeEventListener('abort', abort);
        };
        const abort = () => {
          end();
          reject(signal?.reason);
        };
        const check = () => {
          try {
            const value = read();
            if (value === undefined) return;
            end();
            resolve(value);
          } catch (error) {
            end();
            reject(error);
          }
        };
        checks.add(check);
        signal?.addEventListener('abort', abort);
        if (signal?.aborted) abort();
        else check();
      });
    },
  };
}

/** The promise, or a rejection with the reason of `signal` if that comes first; the promise itself goes on. */
export function withSignal<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
