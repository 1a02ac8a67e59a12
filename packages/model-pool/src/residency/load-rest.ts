import type { ModelPoolError } from '../errors.js';

const firstMs = 30_000;
const longestMs = 600_000;

/** Whether the server tried: to find no room in the pool's own plan, which has a budget, costs nothing. */
function hasCost({ code, details }: ModelPoolError): boolean {
  if (code === 'memory-insufficient') return details.budgetBytes === undefined;
  return code === 'load-failed' || code === 'load-timeout';
}

/** Keeps a model whose loads fail from being loaded again at once: 30 s, twice as long each time, at most 10 min. */
export class LoadRest {
  #failures = 0;
  #untilMs = 0;
  #error: ModelPoolError | null = null;

  /** The newest failure since it was loaded. */
  get error(): ModelPoolError | null {
    return this.#error;
  }

  /** How long it rests, ms. */
  restMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs);
  }

  /** A load failed. Returns whether that is a reason to rest: it lies in the model, and the server tried. */
  failed(error: ModelPoolError, nowMs: number): boolean {
    this.#error = error;
    if (!hasCost(error)) return false;
    this.#untilMs = nowMs + Math.min(longestMs, firstMs * 2 ** this.#failures);
    this.#failures += 1;
    return true;
  }

  /** It is in memory. */
  loaded(): void {
    this.#failures = 0;
    this.#untilMs = 0;
    this.#error = null;
  }
}
