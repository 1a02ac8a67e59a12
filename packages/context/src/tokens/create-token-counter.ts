import { ContextError } from '../errors.js';
import type { CallOptions, Clock } from '../types.js';
import {
  answerCount,
  type CountAnswer,
  type CountRequest,
  type CountWorker,
  startCountWorker,
} from './count-worker.js';
import { createTextCounter, type Ends, type TextCounter } from './create-text-counter.js';
import { loadO200k, o200kFile } from './load-o200k.js';

/** How long a thread may be idle before it is ended, ms. */
const idleMs = 60_000;

/** Estimates tokens by o200k and the digit rule, beside the event loop. */
export interface TokenCounter {
  /** Tokens of each text. */
  count(texts: readonly string[], options?: CallOptions): Promise<readonly number[]>;
  /** The longest ends of a text within a number of tokens each. */
  ends(text: string, headTokens: number, tailTokens: number, options?: CallOptions): Promise<Ends>;
  /** Ends the thread; what it owes and later calls reject with `closed`. */
  close(): Promise<void>;
}

/** What a counter needs. */
export interface TokenCounterParts {
  readonly clock: Clock;
  /** File of the tokenizer; `null` counts on this thread, in slices that let others run. */
  readonly file?: string | null | undefined;
}

/**
 * Makes a counter. The tokenizer is loaded at the first count, by a thread of its own, because loading stops a thread for up to a second
 * and counting a long text for as long. Where no such thread can be had, this one counts in slices.
 */
export function createTokenCounter({ clock, file = o200kFile() }: TokenCounterParts): TokenCounter {
  let worker: CountWorker | null = null;
  let stopIdle: (() => void) | null = null;
  let isWorkerBroken = file === null;
  let local: Promise<TextCounter> | null = null;
  let isClosed = false;

  async function answer(request: CountRequest, signal: AbortSignal | undefined): Promise<CountAnswer> {
    signal?.throwIfAborted();
    checkOpen();
    if (!isWorkerBroken && file !== null) {
      worker ??= startCountWorker(file);
      const mine = worker;
      stopIdle?.();
      try {
        return await orAborted(mine.ask(request), signal);
      } catch {
        signal?.throwIfAborted();
        checkOpen();
        worker = null;
        isWorkerBroken = true; // Counted on this thread from now on.
      } finally {
        if (worker === mine && !mine.isBusy()) stopIdle = clock.after(idleMs, () => void end(mine));
      }
    }
    local ??= loadO200k().then(createTextCounter);
    return answerHere(await local, request, signal);
  }

  function checkOpen(): void {
    if (isClosed) throw new ContextError('closed', 'The context is closed.');
  }

  async function end(mine: CountWorker): Promise<void> {
    if (mine.isBusy()) return;
    if (worker === mine) worker = null;
    await mine.close();
  }

  return {
    async count(texts, options) {
      if (texts.length === 0) return [];
      return (await answer({ kind: 'count', texts }, options?.signal)) as readonly number[];
    },
    async ends(text, headTokens, tailTokens, options) {
      return (await answer({ kind: 'ends', text, headTokens, tailTokens }, options?.signal)) as Ends;
    },
    async close() {
      isClosed = true;
      stopIdle?.();
      const mine = worker;
      worker = null;
      await mine?.close();
    },
  };
}

/** Counts on this thread, at most about 10 ms at a stretch. */
async function answerHere(
  counter: TextCounter,
  request: CountRequest,
  signal: AbortSignal | undefined,
): Promise<CountAnswer> {
  const steps = answerCount(counter, request);
  let since = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - since < 10) continue;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    since = performance.now();
  }
}

function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
