import { EventEmitter, setMaxListeners } from 'node:events';
import { isModelName } from './backends/model-name.js';
import { poolError, withFacts } from './calls/call-error.js';
import { CallRun, type FinishedCall } from './calls/call-run.js';
import { type CheckedRequest, checkDecideRequest, checkEmbedRequest, checkRequest } from './calls/checked-request.js';
import { collectCall } from './calls/collect-call.js';
import type { Performed } from './calls/perform.js';
import type { PoolParts } from './calls/pool-parts.js';
import { countTokens } from './count-tokens.js';
import { explainStories } from './decisions/explain.js';
import { ModelPoolError } from './errors.js';
import type { CallEvent, PoolEvent } from './events.js';
import { lanes } from './lanes/grant.js';
import type { ModelPoolOptions } from './options.js';
import { type ConstructedPool, constructPool } from './pool-construction.js';
import type { ModelRuntime } from './residency/runtime.js';
import type { Explanation, ModelStatus, PoolStatus, PullOptions } from './status.js';
import type {
  CallRequest,
  CallResult,
  Clock,
  CountRequest,
  DecideRequest,
  DecideResult,
  EmbedRequest,
  EmbedResult,
} from './types.js';
import { limitTime } from './waiting/limit-time.js';

/** What can be done to a model by hand. */
export interface ManageOptions {
  /** Ends the waiting; what the server does already goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** Time that a closing pool leaves to its calls. */
export interface CloseOptions {
  /** How long running calls may go on before they are aborted, ms. @defaultValue `0` */
  readonly drainMs?: number | undefined;
  /** Whether the models that are in memory leave it; servers that do not answer within 10 s are left alone. @defaultValue `false` */
  readonly unloadOnClose?: boolean | undefined;
}

const unloadMs = 10_000;

/** How long a close waits for a gate that has not answered yet, ms. */
const lateSettleMs = 1_000;

/** Roles on models, models on servers. */
export interface ModelPool extends AsyncDisposable {
  /** Looks at the servers and begins to load what stays in memory; the loads go on in the background. Never rejects for a server that is down. @throws ModelPoolError `backend-down` after `close` */
  start(): Promise<void>;
  /**
   * Calls a model. Nothing happens before the first step of the iteration; leaving it early aborts the call. Ends with an
   * error after the last `call-end` unless that one was `ok`.
   *
   * @throws {@link ModelPoolError} with any code; `rejected` at once for a bad request
   */
  call(request: CallRequest): AsyncIterableIterator<CallEvent>;
  /** The same call, collected. */
  generate(request: CallRequest): Promise<CallResult>;
  /** Vectors by the role `embed`. */
  embed(request: EmbedRequest): Promise<EmbedResult>;
  /** Answers questions with a closed set of answers: probabilities in one pass where the server can do that. */
  decide(request: DecideRequest): Promise<DecideResult>;
  /**
   * Tokens of a prompt by its model's own tokenizer, template included: what a call would report as its input. `null` where
   * nobody can say now: the model is not in memory, its server does not count, fails, or takes longer than 2 s. It waits in no
   * lane and loads nothing.
   *
   * @throws ModelPoolError `rejected` for a bad request, `aborted` once the signal is
   */
  countTokens(request: CountRequest, options?: ManageOptions): Promise<number | null>;
  /** State of everything, at once. */
  status(): PoolStatus;
  /** Why a request went as it did, given its id or that of one of its attempts, or all requests of a task by its id; empty for what was forgotten. */
  explain(id: string): Explanation;
  /** Tells a listener every event of the pool. Returns a function that takes it back. An error of a listener is logged and goes no further. */
  subscribe(listener: (event: PoolEvent) => void): () => void;
  /** Loads a configured model and resolves once it is in memory. */
  load(model: string, options?: ManageOptions): Promise<ModelStatus>;
  /**
   * Takes a configured model out of memory, and takes back a pin by hand.
   *
   * @throws ModelPoolError `rejected` for the model that its role keeps in memory: it would come back at once
   */
  unload(model: string, options?: ManageOptions): Promise<ModelStatus>;
  /** Keeps a configured model in memory from now on, and loads it; `unload` takes that back. */
  pin(model: string, options?: ManageOptions): Promise<ModelStatus>;
  /** Fetches a model, configured or not, by its server's own means. */
  pull(model: string, options?: PullOptions): Promise<void>;
  /** Refuses new calls, lets the running ones go on for `drainMs`, aborts what is left. Models stay loaded unless `unloadOnClose`. May be called twice. */
  close(options?: CloseOptions): Promise<void>;
}

/** Creates a pool; it opens no connection before `start` or the first call. @throws ModelPoolError `configuration` */
export function createModelPool(options: ModelPoolOptions): ModelPool {
  return new Pool(options);
}

class Pool implements ModelPool {
  readonly #pool: ConstructedPool;
  readonly #parts: PoolParts;
  readonly #emitter = new EventEmitter<{ event: [PoolEvent] }>().setMaxListeners(0);
  readonly #running = new Set<CallRun>();
  readonly #closed = new AbortController();
  #closing: Promise<void> | null = null;

  constructor(options: ModelPoolOptions) {
    setMaxListeners(0, this.#closed.signal); // one per wait is no leak
    this.#pool = constructPool(options, {
      emit: (event) => void this.#emitter.emit('event', event),
      isBusy: () => this.#running.size > 0,
      closing: this.#closed.signal,
    });
    this.#parts = this.#pool.parts;
  }

  async start(): Promise<void> {
    this.#checkOpen();
    const { sizes, guard } = this.#pool;
    await Promise.all([sizes.load(), guard.refresh()]);
    await this.#parts.loop.start();
  }

  call(request: CallRequest): AsyncIterableIterator<CallEvent> {
    this.#checkOpen();
    return this.#track(checkRequest(request, this.#parts.createId));
  }

  async generate(request: CallRequest): Promise<CallResult> {
    this.#checkOpen();
    return collectCall(this.#track(checkRequest(request, this.#parts.createId)));
  }

  async embed(request: EmbedRequest): Promise<EmbedResult> {
    this.#checkOpen();
    const run = this.#track(checkEmbedRequest(request, this.#parts.createId));
    for await (const event of run) request.onEvent?.(event);
    // A run that ended without an error is finished.
    const { requestId, performed, end } = run.finished as FinishedCall;
    return { requestId, embeddings: performed.embeddings, end };
  }

  async decide(request: DecideRequest): Promise<DecideResult> {
    this.#checkOpen();
    const run = this.#track(checkDecideRequest(request, this.#parts.createId));
    for await (const event of run) request.onEvent?.(event);
    const { requestId, performed, end } = run.finished as FinishedCall;
    // A run of this operation that ended without an error has its answers.
    return { requestId, ...(performed.decisions as NonNullable<Performed['decisions']>), end };
  }

  async countTokens(request: CountRequest, { signal }: ManageOptions = {}): Promise<number | null> {
    return countTokens(this.#parts, request, signal);
  }

  status(): PoolStatus {
    const { guard, turns, reader, history } = this.#pool;
    const { runtimes, monitors, lanes: queue } = this.#parts;
    const { mode, fits, reason } = turns.mode;
    return {
      mode,
      residency: { fits, reason, standIn: reader.standIn('ux'), changes: history.changes },
      models: [...runtimes.values()].map((runtime) => runtime.status()),
      backends: [...monitors.values()].map((monitor) => monitor.status()),
      lanes: lanes.map((lane) => ({ lane, ...queue.scheduler.count(lane) })),
      memory: guard.status(),
    };
  }

  explain(id: string): Explanation {
    return explainStories(this.#parts.decisions.find(id), id);
  }

  subscribe(listener: (event: PoolEvent) => void): () => void {
    const safe = (event: PoolEvent) => {
      try {
        listener(event);
      } catch (error) {
        this.#parts.logger.error({ error, event: event.type }, 'a listener of the pool failed');
      }
    };
    this.#emitter.on('event', safe);
    return () => {
      this.#emitter.off('event', safe);
    };
  }

  async load(model: string, options: ManageOptions = {}): Promise<ModelStatus> {
    const runtime = this.#find(model);
    await runtime.ensureReady(this.#signal(options)).catch((error: unknown) => {
      throw this.#manageError(error, runtime, options.signal);
    });
    return runtime.status();
  }

  async unload(model: string, options: ManageOptions = {}): Promise<ModelStatus> {
    const runtime = this.#find(model);
    if (runtime.stays === 'role' && runtime.isManaged) throw keptError(runtime);
    this.#pool.reader.unpin(runtime);
    await runtime.evict('asked', this.#signal(options)).catch((error: unknown) => {
      throw this.#manageError(error, runtime, options.signal);
    });
    return runtime.status();
  }

  async pin(model: string, options: ManageOptions = {}): Promise<ModelStatus> {
    const runtime = this.#find(model);
    this.#pool.reader.pin(runtime);
    return this.load(runtime.name, options);
  }

  async pull(model: string, options: PullOptions = {}): Promise<void> {
    this.#checkOpen();
    if (!isModelName(model)) throw poolError('rejected', `${JSON.stringify(model)} cannot be the name of a model`);
    const { runtimes, monitors, loop } = this.#parts;
    const runtime = [...runtimes.values()].find(
      ({ name, configured }) => name === model || configured.profile.model === model,
    );
    const fetching = () => [...monitors.values()].find(({ backend }) => backend.traits.canPull)?.backend.name;
    const name = options.backend ?? runtime?.backend.name ?? fetching();
    const monitor = monitors.get(name ?? '');
    if (monitor === undefined)
      throw poolError('configuration', name === undefined ? 'no server fetches models' : `there is no backend ${name}`);
    const signal = this.#signal(options);
    try {
      await monitor.backend.pull(runtime?.configured.profile.model ?? model, signal, options.onProgress ?? (() => {}));
    } catch (error) {
      throw this.#manageError(error, runtime ?? null, options.signal);
    }
    monitor.forgetList();
    await monitor.look(signal).catch(() => {}); // the model is there; the loop looks again
    loop.wake();
  }

  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options.drainMs ?? 0, options.unloadOnClose ?? false);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(drainMs: number, unloadOnClose: boolean): Promise<void> {
    const { clock, loop, lanes: queue, monitors, lateSettles } = this.#parts;
    const { canaries, sizes } = this.#pool;
    const ended = () => Promise.all([...this.#running].map((run) => run.settled()));
    if (this.#running.size > 0) await within(clock, drainMs, ended());
    for (const run of this.#running) run.stop(poolError('aborted', 'the pool was closed', { retryable: true }));
    await ended();
    this.#closed.abort(new Error('the pool is closed'));
    await Promise.all([loop.close(), canaries.close()]);
    queue.scheduler.close();
    if (lateSettles.size > 0) await within(clock, lateSettleMs, Promise.all(lateSettles));
    if (unloadOnClose) await this.#unloadAll();
    await sizes.saved();
    this.#emitter.removeAllListeners(); // a question that the end of the connections breaks off is no news
    await Promise.all([...monitors.values()].map((monitor) => monitor.backend.close()));
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw poolError('backend-down', 'the pool is closed');
  }

  #track(request: CheckedRequest): CallRun {
    return new CallRun(this.#parts, request, {
      began: (run) => {
        this.#checkOpen();
        this.#running.add(run);
      },
      ended: (run) => this.#running.delete(run),
    });
  }

  #find(model: string): ModelRuntime {
    this.#checkOpen();
    const { runtimes } = this.#parts;
    const runtime =
      runtimes.get(model) ?? [...runtimes.values()].find(({ configured }) => configured.profile.model === model);
    if (runtime !== undefined) return runtime;
    throw poolError('model-missing', `${model} is not configured; configured are ${[...runtimes.keys()].join(', ')}`, {
      model,
    });
  }

  /** Ends with the caller's signal, and with the pool. */
  #signal({ signal }: ManageOptions): AbortSignal {
    return signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
  }

  #manageError(error: unknown, runtime: ModelRuntime | null, signal: AbortSignal | undefined): ModelPoolError {
    if (signal?.aborted) return poolError('aborted', 'the caller ended it', { cause: signal.reason });
    if (this.#closed.signal.aborted)
      return poolError('aborted', 'the pool was closed', { cause: error, retryable: true });
    const known = ModelPoolError.isInstance(error) ? error : poolError('backend-down', String(error), { cause: error });
    return withFacts(known, { backend: runtime?.backend.name, model: runtime?.configured.profile.model });
  }

  /** Takes out what the pool has in memory; a server that does not answer is left alone after a while. */
  async #unloadAll(): Promise<void> {
    const { clock, runtimes, logger } = this.#parts;
    const late = poolError('backend-down', `the models were not unloaded within ${unloadMs} ms`);
    const never = new AbortController().signal;
    const unload = async (runtime: ModelRuntime, signal: AbortSignal) => {
      if (runtime.state === 'resident') await runtime.evict('closed', signal);
    };
    const done = limitTime(clock, unloadMs, late, never, (signal) =>
      Promise.allSettled([...runtimes.values()].map((runtime) => unload(runtime, signal))),
    );
    for (const outcome of await done)
      if (outcome.status === 'rejected') logger.warn({ error: outcome.reason }, 'a model was not unloaded');
  }
}

/** Waits for something that is not waited for longer than that. */
async function within(clock: Clock, limitMs: number, done: Promise<unknown>): Promise<void> {
  if (limitMs <= 0) return;
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(limitMs, resolve);
  });
  await Promise.race([done, late]);
  cancel();
}

/** A model that its role keeps in memory is not taken out: residency would load it again at once. */
function keptError({ name, backend, configured }: ModelRuntime): ModelPoolError {
  const { profile, roles } = configured;
  const message = `${profile.model} is kept in memory for ${roles.join(' and ')} and would come back at once`;
  return poolError('rejected', message, {
    backend: backend.name,
    model: profile.model,
    hint: 'give the role another model to free its memory, or close the pool',
    details: { name, roles: [...roles] },
  });
}
