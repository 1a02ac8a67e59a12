import { abortable } from '../abortable.js';
import { LocalEngineError } from '../errors.js';
import { backOffMs } from '../schedule/back-off.js';
import { type CallQueue, createCallQueue } from '../schedule/call-queue.js';
import type { Clock, Logger } from '../types.js';
import type { ModelChild } from './model-child.js';
import type { CallResult, RunnerCall, TextPiece } from './protocol.js';

/** What a call wants beside its answer. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** 0 to 9, 9 is the most urgent. */
  readonly priority: number;
  /** How long the model stays afterwards; `null` = as it is. */
  readonly keepAliveMs: number | null;
  /** Least context; a loaded model with less is loaded again. */
  readonly contextTokens: number;
}

/** An answer with the times outside of the child. */
export interface CallOutcome extends CallResult {
  readonly queueMs: number;
  readonly loadMs: number;
}

/** State of a model. */
export interface RunnerStatus {
  readonly state: 'absent' | 'loading' | 'ready' | 'stopping';
  /** 0 to 1 while loading. */ readonly progress: number;
  readonly isIdle: boolean;
  readonly contextTokens: number;
  readonly residentBytes: number;
  readonly keepAliveMs: number;
  readonly lastUsedAtMs: number;
  /** When it will be unloaded, `Infinity` = never. */ readonly expiresAtMs: number;
}

/** One model: its child, its waiting calls and how long it stays. The only one who starts and stops the child. */
export interface ModelRunner {
  /** Answers when it is this call's turn. @throws `busy`, `closed`, those of loading and answering; the signal's reason */
  call(call: RunnerCall, options: CallOptions & { onText(piece: TextPiece): void }): Promise<CallOutcome>;
  /** Loads the model. @returns how long it took */
  load(options: CallOptions): Promise<number>;
  /** Unloads the model as soon as it is idle; with `wait` an idle one's process is gone when this resolves. */
  unload(options?: { wait: boolean }): Promise<void>;
  setThreads(threads: number): void;
  status(): RunnerStatus;
  close(): Promise<void>;
}

/** What a runner is made with. */
export interface ModelRunnerOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly defaultKeepAliveMs: number;
  /** Starts a child with the model: verifies the file, makes room in memory, forks. */
  startChild(
    contextTokens: number,
    keepAliveMs: number,
    events: { readonly signal: AbortSignal; onProgress(progress: number): void; onCrash(reason: string): void },
  ): Promise<ModelChild>;
  /** The child begins or ends an answer. */
  onBusy(isBusy: boolean): void;
}

const mostWaiting = 512;

interface Waiting {
  run(): Promise<void>;
  cancel(error: Error): void;
}

/** See {@link ModelRunner}. */
export function createModelRunner(options: ModelRunnerOptions): ModelRunner {
  const { clock, logger, name } = options;
  const queue: CallQueue<Waiting> = createCallQueue(mostWaiting);
  let child: ModelChild | null = null;
  let loading: Promise<ModelChild> | null = null;
  let stopping: Promise<void> | null = null;
  let progress = 0;
  let isBusy = false;
  const closing = new AbortController();
  let loadedForTokens = 0;
  let crashes = 0;
  let notBeforeMs = 0;
  let keepAliveMs = options.defaultKeepAliveMs;
  let lastUsedAtMs = clock.now();
  let cancelExpiry = () => {};
  let expiresAtMs = Number.POSITIVE_INFINITY;

  const isIdle = () => !isBusy && queue.length === 0;
  const closed = () => new LocalEngineError('closed', 'the engine is closed');

  const stop = (): Promise<void> => {
    cancelExpiry();
    const stopped = child;
    child = null;
    if (!stopped) return stopping ?? Promise.resolve();
    keepAliveMs = options.defaultKeepAliveMs;
    stopping = stopped.stop().finally(() => {
      stopping = null;
    });
    return stopping;
  };

  const restartExpiry = () => {
    cancelExpiry();
    lastUsedAtMs = clock.now();
    expiresAtMs = lastUsedAtMs + keepAliveMs;
    if (!child || keepAliveMs === Number.POSITIVE_INFINITY) return;
    if (keepAliveMs <= 0) return void stop();
    cancelExpiry = clock.after(Math.min(keepAliveMs, 2 ** 31 - 1), () => {
      if (isIdle() && child) {
        logger.info({ model: name }, 'idle model unloaded');
        void stop();
      }
    });
  };

  const onCrash = (reason: string) => {
    child = null;
    crashes++;
    notBeforeMs = clock.now() + backOffMs(crashes);
    keepAliveMs = options.defaultKeepAliveMs;
    logger.error({ model: name, reason, crashes }, 'model runner has stopped');
  };

  /** Waits out the back-off, then starts a child. */
  const start = async (contextTokens: number): Promise<ModelChild> => {
    const kept = keepAliveMs;
    await stop();
    keepAliveMs = kept;
    const waitMs = notBeforeMs - clock.now();
    if (waitMs > 0) {
      await abortable(new Promise<void>((resolve) => void clock.after(waitMs, resolve)), closing.signal);
    }
    closing.signal.throwIfAborted();
    const events = {
      signal: closing.signal,
      onProgress: (value: number) => {
        progress = value;
      },
      onCrash,
    };
    try {
      child = await options.startChild(contextTokens, keepAliveMs, events);
      loadedForTokens = contextTokens;
      return child;
    } catch (error) {
      closing.signal.throwIfAborted();
      if (LocalEngineError.isInstance(error) && error.code === 'runner-crashed') onCrash(String(error.cause));
      throw error;
    }
  };

  /** The one way to a loaded model. Callers share a load; one that leaves does not end it. */
  const ensureReady = async (contextTokens: number, signal: AbortSignal): Promise<ModelChild> => {
    for (;;) {
      if (loading) await abortable(loading, signal);
      if (child && loadedForTokens >= contextTokens) return child;
      progress = 0;
      loading = start(contextTokens).finally(() => {
        loading = null;
        if (isIdle()) restartExpiry(); // everybody who waited for it has left
      });
      loading.catch(() => {});
    }
  };

  const pump = () => {
    if (isBusy || closing.signal.aborted) return;
    const next = queue.take();
    if (!next) return restartExpiry();
    isBusy = true;
    cancelExpiry();
    void next.run().finally(() => {
      isBusy = false;
      pump();
    });
  };

  /** Runs `work` when it is its turn. */
  const enqueue = <Result>(
    { signal, priority }: CallOptions,
    work: (queueMs: number) => Promise<Result>,
  ): Promise<Result> =>
    new Promise<Result>((resolve, reject) => {
      if (closing.signal.aborted) return reject(closed());
      if (signal.aborted) return reject(signal.reason);
      const startMs = clock.now();
      const waiting: Waiting = {
        cancel: reject,
        run() {
          signal.removeEventListener('abort', leave);
          return work(clock.now() - startMs).then(resolve, reject);
        },
      };
      const leave = () => {
        queue.remove(waiting);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      if (!queue.push(waiting, priority)) {
        signal.removeEventListener('abort', leave);
        // Ollama's words, with its two spaces.
        return reject(
          new LocalEngineError('busy', 'server busy, please try again.  maximum pending requests exceeded', {
            retryable: true,
          }),
        );
      }
      pump();
    });

  const ready = async (call: CallOptions) => {
    if (call.keepAliveMs !== null) keepAliveMs = call.keepAliveMs;
    const startMs = clock.now();
    const wasReady = child !== null && loadedForTokens >= call.contextTokens;
    const loaded = await ensureReady(call.contextTokens, call.signal);
    return { loaded, loadMs: wasReady ? 0 : clock.now() - startMs };
  };

  return {
    call: (call, callOptions) =>
      enqueue(callOptions, async (queueMs) => {
        const { loaded, loadMs } = await ready(callOptions);
        options.onBusy(true);
        try {
          const result = await loaded.answer(call, callOptions);
          crashes = 0;
          return { ...result, queueMs, loadMs };
        } finally {
          options.onBusy(false);
        }
      }),
    load: (callOptions) => enqueue(callOptions, async () => (await ready(callOptions)).loadMs),
    async unload({ wait } = { wait: false }) {
      keepAliveMs = 0;
      if (!isIdle() || loading) return; // when it becomes idle
      const stopped = stop();
      if (wait) await stopped;
    },
    setThreads: (threads) => child?.setThreads(threads),
    status: () => ({
      state: loading ? 'loading' : stopping ? 'stopping' : child ? 'ready' : 'absent',
      progress,
      isIdle: isIdle() && !loading,
      contextTokens: child?.contextTokens ?? 0,
      residentBytes: child?.residentBytes() ?? 0,
      keepAliveMs,
      lastUsedAtMs,
      expiresAtMs: isIdle() ? expiresAtMs : clock.now() + keepAliveMs,
    }),
    async close() {
      closing.abort(closed());
      for (let waiting = queue.take(); waiting; waiting = queue.take()) waiting.cancel(closed());
      await Promise.allSettled([loading, stop()]);
    },
  };
}
