import { EventEmitter } from 'node:events';
import { createOllamaBackend } from './backends/ollama/backend.js';
import { poolError, withFacts } from './calls/call-error.js';
import { CallRun, type FinishedCall } from './calls/call-run.js';
import { type CheckedRequest, checkEmbedRequest, checkRequest } from './calls/checked-request.js';
import { collectCall } from './calls/collect-call.js';
import type { PoolParts } from './calls/pool-parts.js';
import { DecisionLog } from './decisions/decision-log.js';
import { explainDecision } from './decisions/explain.js';
import type { CallEvent, PoolEvent } from './events.js';
import { BackendMonitor } from './health/backend-monitor.js';
import { lanes } from './lanes/grant.js';
import { LaneQueue } from './lanes/lane-queue.js';
import { MemoryGuard } from './memory/memory-guard.js';
import type { ModelPoolOptions } from './options.js';
import { ResidencyLoop } from './residency/residency-loop.js';
import { ModelRuntime } from './residency/runtime.js';
import { checkConfiguration } from './roles/configuration.js';
import type { Explanation, ModelStatus, PoolStatus, PullOptions } from './status.js';
import { countQuarters, createUlid, silentLogger, systemClock } from './system.js';
import type { CallRequest, CallResult, EmbedRequest, EmbedResult } from './types.js';

/** What can be done to a model by hand. */
export interface ManageOptions {
  /** Ends the waiting; what the server does already goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** Time that a closing pool leaves to its calls. */
export interface CloseOptions {
  /** How long running calls may go on before they are aborted, ms. @defaultValue `0` */
  readonly drainMs?: number | undefined;
}

/** Roles on models, models on servers. */
export interface ModelPool extends AsyncDisposable {
  /** Looks at the servers and begins to load what stays in memory; the loads go on in the background. Never rejects for a server that is down. */
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
  /** State of everything, at once. */
  status(): PoolStatus;
  /** Why a request went as it did, given its id or that of one of its attempts; empty for one that was forgotten. */
  explain(id: string): Explanation;
  /** Tells a listener every event of the pool. Returns a function that takes it back. An error of a listener is logged and goes no further. */
  subscribe(listener: (event: PoolEvent) => void): () => void;
  /** Loads a configured model and resolves once it is in memory. */
  load(model: string, options?: ManageOptions): Promise<ModelStatus>;
  /** Takes a configured model out of memory. A model that stays comes back with the next round of the residency loop. */
  unload(model: string, options?: ManageOptions): Promise<ModelStatus>;
  /** Keeps a configured model in memory from now on, and loads it. */
  pin(model: string, options?: ManageOptions): Promise<ModelStatus>;
  /** Fetches a model, configured or not, by its server's own means. */
  pull(model: string, options?: PullOptions): Promise<void>;
  /** Refuses new calls, lets the running ones go on for `drainMs`, aborts what is left. Models stay loaded. May be called twice. */
  close(options?: CloseOptions): Promise<void>;
}

/** Creates a pool; it opens no connection before `start` or the first call. @throws ModelPoolError `configuration` */
export function createModelPool(options: ModelPoolOptions): ModelPool {
  return new Pool(options);
}

class Pool implements ModelPool {
  readonly #parts: PoolParts;
  readonly #memory: MemoryGuard;
  readonly #emitter = new EventEmitter<{ event: [PoolEvent] }>().setMaxListeners(0);
  readonly #running = new Set<CallRun>();
  readonly #pinned = new Set<string>();
  #closing: Promise<void> | null = null;

  constructor(options: ModelPoolOptions) {
    const clock = options.clock ?? systemClock;
    const logger = options.logger ?? silentLogger;
    const given = options.timers ?? {};
    const timers = {
      connectMs: given.connectMs ?? 2_000,
      probeMs: given.probeMs ?? 5_000,
      loadMinMs: given.loadMinMs ?? 60_000,
      loadMaxMs: given.loadMaxMs ?? 600_000,
      firstTokenMinMs: given.firstTokenMinMs ?? 20_000,
      stallMs: given.stallMs ?? 30_000,
    };
    const configuration = checkConfiguration(options);
    const emit = (event: PoolEvent) => this.#emit(event);
    const decisions = new DecisionLog(clock.now, (decision) => emit({ type: 'decision', ...decision }));
    const monitors = new Map<string, BackendMonitor>();
    const runtimes = new Map<string, ModelRuntime>();
    this.#memory = new MemoryGuard({ budget: options.memory?.budget ?? null, monitors, runtimes });
    for (const [name, backendOptions] of Object.entries(options.backends)) {
      const backend = createOllamaBackend(name, backendOptions, clock, timers.connectMs);
      const own: ModelRuntime[] = [];
      const monitor = new BackendMonitor({ backend, runtimes: own, clock, logger, probeMs: timers.probeMs, emit });
      monitors.set(name, monitor);
      for (const configured of configuration.models.values()) {
        if (configured.backend !== name) continue;
        const effects = {
          emit,
          decide: (decision: Parameters<DecisionLog['add']>[0]) => decisions.add(decision),
          look: (signal: AbortSignal) => monitor.look(signal),
          admit: (runtime: ModelRuntime, signal: AbortSignal) => this.#memory.admit(runtime, signal),
        };
        const loadLimits = { minMs: timers.loadMinMs, maxMs: timers.loadMaxMs };
        const runtime = new ModelRuntime({ configured, backend, clock, loadLimits, effects });
        own.push(runtime);
        runtimes.set(configured.name, runtime);
      }
    }
    const loop = new ResidencyLoop({
      monitors,
      clock,
      logger,
      decide: (decision) => decisions.add(decision),
      groups: () => this.#residentGroups(),
      isBusy: () => this.#running.size > 0,
      busyMs: options.residency?.busyMs ?? 2_000,
      idleMs: options.residency?.idleMs ?? 10_000,
    });
    this.#parts = {
      configuration,
      runtimes,
      monitors,
      lanes: new LaneQueue(clock),
      decisions,
      loop,
      gate: options.gate ?? null,
      timers,
      clock,
      random: options.random ?? Math.random,
      createId: options.createId ?? (() => createUlid()),
      countTokens: options.countTokens ?? countQuarters,
      // The default is off by up to a half: pieces, one token each, are closer.
      countAnswer: options.countTokens ?? (() => 0),
      logger,
      emit,
    };
  }

  async start(): Promise<void> {
    await this.#memory.refresh();
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
    for await (const _ of run);
    // A run that ended without an error is finished.
    const { requestId, embeddings, end } = run.finished as FinishedCall;
    return { requestId, embeddings, end };
  }

  status(): PoolStatus {
    const { runtimes, monitors, lanes: queue, configuration } = this.#parts;
    const first = (role: 'ux' | 'planning') => configuration.roles.get(role)?.candidates[0];
    return {
      mode: first('ux') !== undefined && first('ux') === first('planning') ? 'single' : 'together',
      models: [...runtimes.values()].map((runtime) => runtime.status()),
      backends: [...monitors.values()].map((monitor) => monitor.status()),
      lanes: lanes.map((lane) => ({ lane, ...queue.scheduler.count(lane) })),
      memory: { budgetBytes: this.#memory.budgetBytes, heldBytes: this.#memory.heldBytes },
    };
  }

  explain(id: string): Explanation {
    const decisions = this.#parts.decisions.find(id);
    return { requestId: decisions[0]?.requestId ?? id, sentences: decisions.map(explainDecision), decisions };
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
    await runtime.ensureReady(options.signal ?? new AbortController().signal).catch((error: unknown) => {
      throw this.#manageError(error, runtime, options.signal);
    });
    return runtime.status();
  }

  async unload(model: string, options: ManageOptions = {}): Promise<ModelStatus> {
    const runtime = this.#find(model);
    await runtime.evict('asked', options.signal ?? new AbortController().signal).catch((error: unknown) => {
      throw this.#manageError(error, runtime, options.signal);
    });
    return runtime.status();
  }

  async pin(model: string, options: ManageOptions = {}): Promise<ModelStatus> {
    const runtime = this.#find(model);
    runtime.pin();
    this.#pinned.add(runtime.name);
    return this.load(runtime.name, options);
  }

  async pull(model: string, options: PullOptions = {}): Promise<void> {
    this.#checkOpen();
    const { runtimes, monitors, loop } = this.#parts;
    const runtime = [...runtimes.values()].find(
      ({ name, configured }) => name === model || configured.profile.model === model,
    );
    const name = options.backend ?? runtime?.backend.name ?? monitors.keys().next().value ?? '';
    const monitor = monitors.get(name);
    if (monitor === undefined) throw poolError('configuration', `there is no backend ${name}`);
    const signal = options.signal ?? new AbortController().signal;
    try {
      await monitor.backend.pull(runtime?.configured.profile.model ?? model, signal, options.onProgress ?? (() => {}));
    } catch (error) {
      throw this.#manageError(error, runtime ?? null, options.signal);
    }
    monitor.forgetList();
    await monitor.look(signal);
    loop.wake();
  }

  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options.drainMs ?? 0);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(drainMs: number): Promise<void> {
    const { clock, loop, lanes: queue, monitors } = this.#parts;
    const ended = () => Promise.all([...this.#running].map((run) => run.settled()));
    if (drainMs > 0 && this.#running.size > 0) {
      let cancel = () => {};
      const late = new Promise<void>((resolve) => {
        cancel = clock.after(drainMs, resolve);
      });
      await Promise.race([ended(), late]);
      cancel();
    }
    for (const run of this.#running) run.stop(poolError('aborted', 'the pool was closed', { retryable: true }));
    await ended();
    await loop.close();
    queue.scheduler.close();
    await Promise.all([...monitors.values()].map((monitor) => monitor.backend.close()));
    this.#emitter.removeAllListeners();
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw poolError('backend-down', 'the pool is closed');
  }

  #emit(event: PoolEvent): void {
    this.#emitter.emit('event', event);
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

  #manageError(error: unknown, runtime: ModelRuntime | null, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted) return poolError('aborted', 'the caller ended it', { cause: signal.reason });
    const known =
      error instanceof Error && 'code' in error ? error : poolError('backend-down', String(error), { cause: error });
    return withFacts(known as Parameters<typeof withFacts>[0], {
      backend: runtime?.backend.name,
      model: runtime?.configured.profile.model,
    });
  }

  #residentGroups(): ModelRuntime[][] {
    const { configuration, runtimes } = this.#parts;
    const pick = (names: Iterable<string>) => [...names].flatMap((name) => runtimes.get(name) ?? []);
    const groups = [...configuration.roles.values()]
      .filter(({ resident }) => resident === 'always')
      .map(({ candidates }) => pick(candidates));
    return [...groups, ...[...this.#pinned].map((name) => pick([name]))];
  }
}
