import { LocalEngineError } from '../errors.js';
import { createCallQueue } from '../schedule/call-queue.js';
import type { Clock, Logger } from '../types.js';
import type { CallEvents, CallOptions, CallOutcome, CallTimes } from './call.js';
import { createChildKeeper, type StartChild } from './child-keeper.js';
import type { LoadPlan } from './load-plan.js';
import type { ModelChild } from './model-child.js';
import type { RunnerCall } from './protocol.js';
import { refuseFormat } from './refuse-format.js';

export type { CallEvents, CallOptions, CallOutcome, CallTimes } from './call.js';

/** State of a model. */
export interface RunnerStatus {
  readonly state: 'absent' | 'loading' | 'ready' | 'stopping';
  /** 0 to 1 while loading. */ readonly progress: number;
  readonly isIdle: boolean;
  /** Context of each slot. */ readonly contextTokens: number;
  readonly residentBytes: number;
  /** Memory of GPUs. */ readonly vramBytes: number;
  readonly keepAliveMs: number;
  readonly lastUsedAtMs: number;
  /** When it will be unloaded, `Infinity` = never. */ readonly expiresAtMs: number;
}

/** One model: its child, its waiting calls and how long it stays. */
export interface ModelRunner {
  /** Answers when it is this call's turn. @throws `busy`, `closed`, those of loading and answering; the signal's reason */
  call<Call extends RunnerCall>(call: Call, options: CallOptions & CallEvents): Promise<CallOutcome<Call>>;
  /** Loads the model. @returns how long it took */
  load(options: CallOptions): Promise<number>;
  /** Unloads the model as soon as it is idle; with `wait` an idle one's process is gone when this resolves. */
  unload(options?: { wait: boolean }): Promise<void>;
  /** Resolves when no process of it is being ended. */
  stopped(): Promise<void>;
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
  /** Calls that the child answers at the same time. */ readonly slots: number;
  /** See {@link StartChild}; `keepAliveMs` says what may be unloaded for it. */
  startChild(plan: LoadPlan, keepAliveMs: number, events: Parameters<StartChild>[1]): Promise<ModelChild>;
  /** The child begins to answer, or has answered the last of its calls. */
  onBusy(isBusy: boolean): void;
}

const mostWaiting = 512;

interface Waiting {
  readonly wish: CallOptions;
  /** Resolves with what tells the caller. */
  run(): Promise<() => void>;
  cancel(error: Error): void;
}

/** See {@link ModelRunner}. */
export function createModelRunner(options: ModelRunnerOptions): ModelRunner {
  const { clock, logger, name, slots } = options;
  const queue = createCallQueue<Waiting>(mostWaiting);
  let running = 0; // calls that have a slot, or wait for the load
  let light = 0; // calls that need none
  let answering = 0;
  let isClosed = false;
  let keepAliveMs = options.defaultKeepAliveMs;
  let lastUsedAtMs = clock.now();
  let cancelExpiry = () => {};
  let expiresAtMs = Number.POSITIVE_INFINITY;

  const isIdle = () => running === 0 && light === 0 && queue.length === 0;
  const closed = () => new LocalEngineError('closed', 'the engine is closed');
  const forgetKeepAlive = () => {
    keepAliveMs = options.defaultKeepAliveMs;
  };

  const keeper = createChildKeeper({
    ...{ name, clock, logger, onCrash: forgetKeepAlive },
    startChild: (plan, events) => options.startChild(plan, keepAliveMs, events),
    onLoaded() {
      if (isIdle()) restartExpiry(); // everybody who waited for it has left
    },
  });

  const stop = (): Promise<void> => {
    cancelExpiry();
    forgetKeepAlive(); // also where nothing is loaded: the next load stays as long as any
    return keeper.stop();
  };

  function restartExpiry(): void {
    cancelExpiry();
    lastUsedAtMs = clock.now();
    expiresAtMs = lastUsedAtMs + keepAliveMs;
    if (!keeper.child || keepAliveMs === Number.POSITIVE_INFINITY) return;
    if (keepAliveMs <= 0) return void stop();
    cancelExpiry = clock.after(Math.min(keepAliveMs, 2 ** 31 - 1), () => {
      if (!isIdle() || !keeper.child) return;
      logger.info({ model: name }, 'idle model unloaded');
      void stop();
    });
  }

  /** A model is loaded again only when nothing runs. */
  const canStart = ({ wish }: Waiting) => running === 0 || (running < slots && keeper.suits(wish));

  const pump = () => {
    for (let next = queue.first(); next && !isClosed && canStart(next); next = queue.first()) {
      queue.remove(next);
      running++;
      cancelExpiry();
      void next.run().then((tell) => {
        running--;
        pump();
        tell();
      });
    }
    if (isIdle() && !isClosed) restartExpiry();
  };

  /** Runs `work` when it is its turn. */
  const enqueue = <Result>(wish: CallOptions, work: (queueMs: number) => Promise<Result>): Promise<Result> =>
    new Promise<Result>((resolve, reject) => {
      const { signal, priority } = wish;
      if (isClosed) return reject(closed());
      if (signal.aborted) return reject(signal.reason);
      const startMs = clock.now();
      const leave = () => {
        queue.remove(waiting);
        reject(signal.reason);
        pump(); // the next one may suit what is loaded
      };
      const waiting: Waiting = {
        wish,
        cancel: reject,
        run() {
          signal.removeEventListener('abort', leave);
          return work(clock.now() - startMs).then(
            (result) => () => resolve(result),
            (error) => () => reject(error),
          );
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      if (queue.push(waiting, priority)) return pump();
      signal.removeEventListener('abort', leave);
      // Ollama's words, with its two spaces.
      const words = 'server busy, please try again.  maximum pending requests exceeded';
      reject(new LocalEngineError('busy', words, { retryable: true }));
    });

  const ready = async (wish: CallOptions) => {
    if (wish.keepAliveMs !== null) keepAliveMs = wish.keepAliveMs;
    const startMs = clock.now();
    const wasReady = keeper.state === 'ready' && keeper.suits(wish);
    const child = await keeper.ensureReady(wish, wish.signal);
    return { child, loadMs: wasReady ? 0 : clock.now() - startMs };
  };

  const ask = async <Call extends RunnerCall>(
    child: ModelChild,
    call: Call,
    callOptions: CallOptions & CallEvents,
    times: CallTimes,
  ): Promise<CallOutcome<Call>> => {
    const result = await child.answer(call, { ...callOptions, maxThreads: callOptions.maxThreads ?? null });
    keeper.prove();
    return { ...result, ...times };
  };

  /** A call that computes nothing is answered beside those that do, once the model is there. */
  const askLight = async <Call extends RunnerCall>(
    child: ModelChild,
    call: Call,
    callOptions: CallOptions & CallEvents,
  ) => {
    light++;
    cancelExpiry();
    try {
      return await ask(child, call, callOptions, { queueMs: 0, loadMs: 0 });
    } finally {
      light--;
      if (isIdle()) restartExpiry();
    }
  };

  return {
    async call(call, callOptions) {
      refuseFormat(call);
      const isLight = call.kind === 'tokenize' || call.kind === 'template';
      if (isLight && keeper.child && !isClosed) return askLight(keeper.child, call, callOptions);
      return enqueue(callOptions, async (queueMs) => {
        const { child, loadMs } = await ready(callOptions);
        if (++answering === 1) options.onBusy(true);
        try {
          return await ask(child, call, callOptions, { queueMs, loadMs });
        } finally {
          if (--answering === 0) options.onBusy(false);
        }
      });
    },
    load: (wish) => enqueue(wish, async () => (await ready(wish)).loadMs),
    async unload({ wait } = { wait: false }) {
      keepAliveMs = 0;
      if (!isIdle() || keeper.state === 'loading') return; // when it becomes idle
      const stopped = stop();
      if (wait) await stopped;
    },
    stopped: () => keeper.stopped(),
    setThreads: (threads) => keeper.child?.setThreads(threads),
    status: () => ({
      state: keeper.state,
      progress: keeper.progress,
      isIdle: isIdle() && keeper.state !== 'loading',
      contextTokens: keeper.child?.contextTokens ?? 0,
      residentBytes: keeper.child?.residentBytes() ?? 0,
      vramBytes: keeper.child?.vramBytes ?? 0,
      keepAliveMs,
      lastUsedAtMs,
      expiresAtMs: isIdle() ? expiresAtMs : clock.now() + keepAliveMs,
    }),
    async close() {
      isClosed = true;
      cancelExpiry();
      for (let waiting = queue.take(); waiting; waiting = queue.take()) waiting.cancel(closed());
      await keeper.close();
    },
  };
}
