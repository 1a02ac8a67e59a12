import type { ModelPoolError } from '../errors.js';
import type { Clock } from '../types.js';

/** Ends a call from outside, in whatever state it is. The first reason counts, and whoever listens is told at once. */
export class Stop {
  #reason: ModelPoolError | null = null;
  readonly #listeners = new Set<(reason: ModelPoolError) => void>();

  /** Why the call ends; `null` = it goes on. */
  get reason(): ModelPoolError | null {
    return this.#reason;
  }

  /** Ends it. */
  now(reason: ModelPoolError): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(reason);
  }

  /** Calls back once when the call ends, at once where it did already. The returned function takes that back. */
  listen(listener: (reason: ModelPoolError) => void): () => void {
    if (this.#reason !== null) {
      listener(this.#reason);
      return () => {};
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** @throws ModelPoolError the reason, where the call ended */
  check(): void {
    if (this.#reason !== null) throw this.#reason;
  }

  /** Waits for something that knows nothing of the call's end. Rejects with the reason where that comes first. */
  race<Value>(promise: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const stopListening = this.listen(reject);
      promise.then(
        (value) => {
          stopListening();
          resolve(value);
        },
        (error: unknown) => {
          stopListening();
          reject(error);
        },
      );
    });
  }

  /** A signal that is aborted with the reason; `release` lets go of it. */
  signal(): { readonly signal: AbortSignal; readonly release: () => void } {
    const controller = new AbortController();
    const release = this.listen((reason) => controller.abort(reason));
    return { signal: controller.signal, release };
  }

  /** Waits for a time. Rejects with the reason where the call ends before it is over. */
  sleep(clock: Pick<Clock, 'after'>, delayMs: number): Promise<void> {
    this.check();
    if (delayMs === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      let cancel = () => {};
      const stopListening = this.listen((reason) => {
        cancel();
        reject(reason);
      });
      cancel = clock.after(delayMs, () => {
        stopListening();
        resolve();
      });
    });
  }
}
