import type { Dispatcher } from 'undici';
import { fromCallError, poolError } from '../calls/call-error.js';
import { collectCall } from '../calls/collect-call.js';
import type { CallEvent, PoolEvent } from '../events.js';
import type { Explanation, ModelStatus, PoolStatus, PullOptions, PullProgress } from '../status.js';
import { silentLogger, systemClock } from '../system.js';
import type { CallError, CallRequest, CallResult, Clock, Logger } from '../types.js';
import { Connection } from './connection.js';
import { RemoteCall } from './remote-call.js';

/** Options of {@link createRemotePool}. */
export interface RemotePoolOptions {
  /** Base URL of the served pool; a function is asked before every request, for a server that moves. */
  readonly url: string | (() => string | Promise<string>);
  /** Bearer token, or who knows it. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Connections of the caller; they are not closed with the pool. @defaultValue an own agent */
  readonly dispatcher?: Dispatcher | undefined;
  /** A stream that is silent for longer is broken, ms. @defaultValue `45000` */
  readonly silenceMs?: number | undefined;
  /** Time. @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** Log lines. @defaultValue silent */
  readonly logger?: Logger | undefined;
}

/** Options of a question. */
export interface RemoteOptions {
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** A pool in another process, with the call interface of a pool. What is a value there is a promise here. */
export interface RemotePool extends AsyncDisposable {
  /**
   * Calls a model, as a pool does. Ending it closes the connection, which aborts the call over there.
   *
   * @throws ModelPoolError as a pool does; also `backend-down` where the server cannot be reached and `stream-broken`
   * where it left in the middle, both retryable
   */
  call(request: CallRequest): AsyncIterableIterator<CallEvent>;
  /** The same call, collected. */
  generate(request: CallRequest): Promise<CallResult>;
  /** State of everything. */
  status(options?: RemoteOptions): Promise<PoolStatus>;
  /** Why a request went as it did. */
  explain(id: string, options?: RemoteOptions): Promise<Explanation>;
  /** Tells a listener every event from now on, through restarts of the server; events in between are lost. Returns a function that takes it back. An error of a listener is logged and goes no further. */
  subscribe(listener: (event: PoolEvent) => void): () => void;
  /** Loads a model. */
  load(model: string, options?: RemoteOptions): Promise<ModelStatus>;
  /** Takes a model out of memory. */
  unload(model: string, options?: RemoteOptions): Promise<ModelStatus>;
  /** Keeps a model in memory. */
  pin(model: string, options?: RemoteOptions): Promise<ModelStatus>;
  /** Fetches a model. */
  pull(model: string, options?: PullOptions): Promise<void>;
  /** Aborts what runs and closes the connections. May be called twice. */
  close(): Promise<void>;
}

const longestPauseMs = 5_000;

/** Creates a client of a pool that another process serves; it opens no connection before it is used. */
export function createRemotePool(options: RemotePoolOptions): RemotePool {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const connection = new Connection({
    url: options.url,
    token: options.token ?? null,
    dispatcher: options.dispatcher ?? null,
    silenceMs: options.silenceMs ?? 45_000,
    clock,
  });
  const closed = new AbortController();
  const running = new Set<RemoteCall>();
  const join = (signal: AbortSignal | undefined) =>
    signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]);

  const call = (request: CallRequest): AsyncIterableIterator<CallEvent> => {
    if (closed.signal.aborted) throw poolError('backend-down', 'the pool is closed');
    const remoteCall = new RemoteCall(connection, request, {
      began: () => running.add(remoteCall),
      ended: () => running.delete(remoteCall),
    });
    return remoteCall;
  };

  const manage =
    (action: string) =>
    (model: string, { signal }: RemoteOptions = {}) =>
      connection.json<ModelStatus>('POST', `/v1/pool/${action}`, { model }, join(signal));

  const tell = (listener: (event: PoolEvent) => void, event: PoolEvent) => {
    try {
      listener(event);
    } catch (error) {
      logger.error({ error, event: event.type }, 'a listener of the pool failed');
    }
  };

  const subscribe = (listener: (event: PoolEvent) => void): (() => void) => {
    const controller = new AbortController();
    const signal = join(controller.signal);
    const listen = async () => {
      for (let pauseMs = 100; !signal.aborted; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
        try {
          for await (const { data } of connection.events('GET', '/v1/calls', null, signal)) {
            pauseMs = 100;
            tell(listener, data as PoolEvent);
          }
        } catch (error) {
          if (!signal.aborted)
            logger.debug({ error, pauseMs }, 'the event stream of the model server broke; it is asked again');
        }
        if (!signal.aborted) await pause(clock, pauseMs, signal);
      }
    };
    void listen();
    return () => controller.abort();
  };

  const pull = async (model: string, { signal, onProgress, backend }: PullOptions = {}): Promise<void> => {
    for await (const { type, data } of connection.events('POST', '/v1/pool/pull', { model, backend }, join(signal))) {
      if (type === 'pull-progress') onProgress?.(data as PullProgress);
      else if (type === 'request-error') throw fromCallError(data as CallError);
      else if (type === 'request-end') return;
    }
    throw poolError('stream-broken', 'the model server ended the stream without its last event');
  };

  const close = async (): Promise<void> => {
    closed.abort(poolError('aborted', 'the pool was closed', { retryable: true }));
    await Promise.all([...running].map((remoteCall) => remoteCall.return()));
    await connection.close();
  };

  return {
    call,
    generate: async (request) => collectCall(call(request)),
    status: ({ signal } = {}) => connection.json('GET', '/v1/pool', null, join(signal)),
    explain: (id, { signal } = {}) => connection.json('GET', `/v1/calls/${encodeURIComponent(id)}`, null, join(signal)),
    subscribe,
    load: manage('load'),
    unload: manage('unload'),
    pin: manage('pin'),
    pull,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
