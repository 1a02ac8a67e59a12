import { abortable } from '../abortable.js';
import { LocalEngineError } from '../errors.js';
import { backOffMs } from '../schedule/back-off.js';
import type { Clock, Logger } from '../types.js';
import type { LoadWish } from './call.js';
import { isSuitable, type LoadPlan, planLoad } from './load-plan.js';
import type { ModelChild } from './model-child.js';

/** Starts a child with the model: verifies the file, makes room in memory, forks. */
export type StartChild = (
  plan: LoadPlan,
  events: { readonly signal: AbortSignal; onProgress(progress: number): void; onCrash(reason: string): void },
) => Promise<ModelChild>;

/** The child of one model: the only one who starts and stops it. */
export interface ChildKeeper {
  /** The loaded child, `null` where there is none. */ readonly child: ModelChild | null;
  readonly state: 'absent' | 'loading' | 'ready' | 'stopping';
  /** 0 to 1 while loading. */ readonly progress: number;
  /** Whether what is loaded, or on the way, does for a call. */
  suits(wish: LoadWish): boolean;
  /** The one way to a loaded child. Callers share a load; one that leaves does not end it. */
  ensureReady(wish: LoadWish, signal: AbortSignal): Promise<ModelChild>;
  /** A call was answered: crashes before it do not count any more. */
  prove(): void;
  /** Ends the child; resolves when the process is gone. */
  stop(): Promise<void>;
  /** Resolves when no child is being ended. */
  stopped(): Promise<void>;
  /** Ends a load as well. */
  close(): Promise<void>;
}

/** What a keeper is made with. */
export interface ChildKeeperOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly startChild: StartChild;
  /** A load is over, with a child or without. */
  onLoaded(): void;
  onCrash(): void;
}

/** See {@link ChildKeeper}. */
export function createChildKeeper(options: ChildKeeperOptions): ChildKeeper {
  const { clock, logger, name } = options;
  const closing = new AbortController();
  let child: ModelChild | null = null;
  let plan: LoadPlan | null = null; // of the child, or of the one that is being loaded
  let loading: Promise<ModelChild> | null = null;
  let stopping: Promise<void> | null = null;
  let progress = 0;
  let crashes = 0;
  let notBeforeMs = 0;

  const stop = (): Promise<void> => {
    const stopped = child;
    child = null;
    if (!stopped) return stopping ?? Promise.resolve();
    stopping = stopped.stop().finally(() => {
      stopping = null;
    });
    return stopping;
  };

  const onCrash = (reason: string) => {
    child = null;
    crashes++;
    notBeforeMs = clock.now() + backOffMs(crashes);
    logger.error({ model: name, reason, crashes }, 'model runner has stopped');
    options.onCrash();
  };

  /** Waits out the back-off, then starts a child. */
  const start = async (wanted: LoadPlan): Promise<ModelChild> => {
    await stop();
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
      child = await options.startChild(wanted, events);
      return child;
    } catch (error) {
      closing.signal.throwIfAborted();
      if (LocalEngineError.isInstance(error) && error.code === 'runner-crashed') onCrash(String(error.cause));
      throw error;
    }
  };

  return {
    get child() {
      return child;
    },
    get state() {
      return loading ? 'loading' : stopping ? 'stopping' : child ? 'ready' : 'absent';
    },
    get progress() {
      return progress;
    },
    suits: (wish) => plan !== null && (child !== null || loading !== null) && isSuitable(plan, wish),
    async ensureReady(wish, signal) {
      for (;;) {
        if (loading) await abortable(loading, signal);
        if (child && plan && isSuitable(plan, wish)) return child;
        progress = 0;
        plan = planLoad(wish, child ? plan : null);
        loading = start(plan).finally(() => {
          loading = null;
          options.onLoaded();
        });
        loading.catch(() => {});
      }
    },
    prove() {
      crashes = 0;
    },
    stop,
    stopped: () => stopping ?? Promise.resolve(),
    async close() {
      closing.abort(new LocalEngineError('closed', 'the engine is closed'));
      await Promise.allSettled([loading, stop()]);
    },
  };
}
