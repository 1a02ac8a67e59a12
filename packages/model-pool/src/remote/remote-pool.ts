import { setMaxListeners } from 'node:events';
import type { Dispatcher } from 'undici';
import { fromCallError, poolError } from '../calls/call-error.js';
import { collectCall } from '../calls/collect-call.js';
import type { CallEvent, PoolEvent } from '../events.js';
import type { Explanation, ModelStatus, PoolStatus, PullOptions, PullProgress } from '../status.js';
import { silentLogger, systemClock } from '../system.js';
import type {
  CallError,
  CallRequest,
  CallResult,
  Clock,
  CountRequest,
  DecideRequest,
  DecideResult,
  EmbedRequest,
  EmbedResult,
  Logger,
} from '../types.js';
import { Connection } from './connection.js';
import { endless, RemoteCall } from './remote-call.js';
import { remoteCount, remoteDecide, remoteEmbed } from './remote-result.js';
import { keepListening } from './subscription.js';

/** Options of {@link createRemotePool}. */
export interface RemotePoolOptions {
  /** Base URL of the served pool, what stands before `/v1`; a function is asked before every request, for a server that moves. */
  readonly url: string | (() => string | Promise<string>);
  /** Bearer token, or who knows it. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Connections of the caller; they are not closed with the pool. @defaultValue an own agent */
  readonly dispatcher?: Dispatcher | undefined;
  /** A stream that is silent for longer is broken, ms; the time in which its reader lags does not count. @defaultValue `45000` */
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
   * @throws ModelPoolError as a pool does, but never before the first step; also `backend-down` where the server cannot be
   * reached and `stream-broken` where it left in the middle, both retryable
   */
  call(request: CallRequest): AsyncIterableIterator<CallEvent>;
  /** The same call, collected. */
  generate(request: CallRequest): Promise<CallResult>;
  /** Vectors by the role `embed`; at most 8 MiB of JSON. */
  embed(request: EmbedRequest): Promise<EmbedResult>;
  /** Answers questions with a closed set of answers. */
  decide(request: DecideRequest): Promise<DecideResult>;
  /** Tokens of a prompt, as a pool counts them; `null` also where the server cannot be reached or has no such route. */
  countTokens(request: CountRequest, options?: RemoteOptions): Promise<number | null>;
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
  setMaxListeners(0, closed.signal); // one per stream is no leak
  const running = new Set<RemoteCall>();
  const join = (signal: AbortSignal | undefined) =>
    signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]);
  const checkOpen = () => {
    if (closed.signal.aborted) throw poolError('backend-down', 'the pool is closed');
  };

  const call = (request: CallRequest): AsyncIterableIterator<CallEvent> => {
    checkOpen();
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

  const subscribe = (listener: (event: PoolEvent) => void): (() => void) => {
    const controller = new AbortController();
    void keepListening({ connection, listener, signal: join(controller.signal), clock, logger });
    return () => controller.abort();
  };

  const pull = async (model: string, { signal, onProgress, backend }: PullOptions = {}): Promise<void> => {
    let end: { readonly error: CallError | null } | null = null;
    await connection.listen('POST', '/v1/pool/pull', { model, backend }, join(signal), (type, data) => {
      if (type === 'pull-progress') onProgress?.(data as PullProgress);
      else if (type === 'request-end') end = { error: null };
      else if (type === 'request-error') end = { error: data as CallError };
    });
    const { error } = end ?? { error: undefined };
    if (error === undefined) throw endless();
    if (error !== null) throw fromCallError(error);
  };

  const close = async (): Promise<void> => {
    const reason = poolError('aborted', 'the pool was closed', { retryable: true });
    closed.abort(reason);
    for (const remoteCall of running) remoteCall.stop(reason);
    await connection.close();
  };

  return {
    call,
    generate: async (request) => collectCall(call(request)),
    embed: async (request) => {
      checkOpen();
      return remoteEmbed(connection, request, join(request.signal));
    },
    decide: async (request) => {
      checkOpen();
      return remoteDecide(connection, request, join(request.signal));
    },
    countTokens: (request, { signal } = {}) => remoteCount(connection, request, { signal: join(signal), clock }),
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
