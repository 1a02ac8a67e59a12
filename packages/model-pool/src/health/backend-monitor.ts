import type { Backend, LoadedModel, ServerVersion } from '../backends/backend.js';
import { plainName } from '../backends/ollama/wire.js';
import { poolError, withFacts } from '../calls/call-error.js';
import { ModelPoolError } from '../errors.js';
import type { PoolEvent } from '../events.js';
import type { ModelRuntime } from '../residency/runtime.js';
import { type Breaker, closedBreaker, isBreakerOpen, recordFailure, recordSuccess } from '../routing/breaker.js';
import type { BackendStatus, InstalledModel } from '../status.js';
import type { Clock, Logger } from '../types.js';

/** What a monitor is made of. */
export interface MonitorOptions {
  /** The server. */
  readonly backend: Backend;
  /** Its models. */
  readonly runtimes: readonly ModelRuntime[];
  /** Time. */
  readonly clock: Clock;
  /** Log lines. */
  readonly logger: Logger;
  /** Time for a question, ms. */
  readonly probeMs: number;
  /** Sends an event. */
  readonly emit: (event: PoolEvent) => void;
}

/** How long the list of installed models is taken as it is, ms. */
const listMs = 60_000;

/** Owner of what is known about one server: whether it answers, its breaker, its models. */
export class BackendMonitor {
  readonly backend: Backend;
  readonly #options: MonitorOptions;
  #state: BackendStatus['state'] = 'unknown';
  #version: ServerVersion | null = null;
  #installed = new Map<string, InstalledModel>();
  #loaded: readonly LoadedModel[] = [];
  #listedMs = Number.NEGATIVE_INFINITY;
  #breaker: Breaker = closedBreaker;
  #look: Promise<void> | null = null;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.backend = options.backend;
  }

  /** Everything in its memory, ours and others', as last seen. */
  get loaded(): readonly LoadedModel[] {
    return this.#loaded;
  }
  get isUp(): boolean {
    return this.#state !== 'down';
  }
  /** Whether calls are kept away from it. */
  get isOpen(): boolean {
    return isBreakerOpen(this.#breaker, this.#options.clock.monotonicMs());
  }
  /** When the next call may probe it, ms. */
  get openMs(): number {
    return Math.max(0, (this.#breaker.openUntilMs ?? 0) - this.#options.clock.monotonicMs());
  }

  /** What is known of an installed model. */
  installed(model: string): InstalledModel | undefined {
    return this.#installed.get(plainName(model));
  }

  /** Looks now, or joins the look that is under way. Rejects with `backend-down`, or the signal's reason. */
  async look(signal: AbortSignal): Promise<void> {
    this.#look ??= this.#run().finally(() => {
      this.#look = null;
    });
    await this.#look;
    signal.throwIfAborted();
  }

  /** Asks for the installed models again with the next look. */
  forgetList(): void {
    this.#listedMs = Number.NEGATIVE_INFINITY;
  }

  /** A call was answered. */
  succeeded(): void {
    this.#breaker = recordSuccess(this.#breaker);
    this.#up();
  }

  /** A call failed because of the server. */
  failed(error: ModelPoolError): void {
    const isRefusal = error.details.refused === true;
    this.#breaker = recordFailure(this.#breaker, isRefusal, this.#options.clock.monotonicMs());
    if (isRefusal) this.#down(error.message);
  }

  status(): BackendStatus {
    const { name, kind, url } = this.backend;
    return {
      name,
      kind,
      url,
      state: this.#state,
      version: this.#version?.version ?? null,
      engine: this.#version?.engine ?? null,
      installed: [...this.#installed.values()],
    };
  }

  async #run(): Promise<void> {
    const { clock, probeMs } = this.#options;
    const controller = new AbortController();
    const late = poolError('backend-down', `the server did not answer within ${probeMs} ms`, {
      details: { fault: 'probe-timeout' },
    });
    const stopTimer = clock.after(probeMs, () => controller.abort(late));
    try {
      const askedMs = clock.monotonicMs();
      const [version, loaded] = await Promise.all([
        this.backend.version(controller.signal),
        this.backend.loaded(controller.signal),
      ]);
      this.#version = version;
      this.#loaded = loaded;
      this.#breaker = recordSuccess(this.#breaker);
      this.#up();
      if (askedMs - this.#listedMs > listMs) await this.#list(controller.signal);
      const byName = new Map(loaded.map((entry) => [plainName(entry.model), entry]));
      for (const runtime of this.#options.runtimes)
        runtime.observe(byName.get(plainName(runtime.configured.profile.model)) ?? null, askedMs);
    } catch (error) {
      controller.abort();
      const known = ModelPoolError.isInstance(error)
        ? error
        : poolError('backend-down', String(error), { cause: error });
      this.#down(known.message);
      throw withFacts(known, { backend: this.backend.name });
    } finally {
      stopTimer();
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const listed = await this.backend.list(signal);
    const installed = new Map<string, InstalledModel>();
    for (const model of listed) {
      const known = this.#installed.get(plainName(model.model));
      installed.set(plainName(model.model), known !== undefined && known.digest === model.digest ? known : model);
    }
    this.#installed = installed;
    this.#listedMs = this.#options.clock.monotonicMs();
    for (const runtime of this.#options.runtimes) {
      const name = plainName(runtime.configured.profile.model);
      const model = installed.get(name);
      runtime.setInstalled(model !== undefined, model?.digest ?? null);
      if (model === undefined || model.kvBytesPerToken !== null) continue;
      try {
        installed.set(name, await this.backend.describe(model, signal));
      } catch (error) {
        this.#options.logger.debug({ model: name, error }, 'the server does not describe the model');
      }
    }
  }

  #up(): void {
    if (this.#state === 'up') return;
    const isNews = this.#state === 'down';
    this.#state = 'up';
    this.forgetList();
    if (isNews) this.#emit('backend-up', 'it answers again');
  }

  #down(reason: string): void {
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.#loaded = [];
    for (const runtime of this.#options.runtimes) runtime.backendDown();
    this.#emit('backend-down', reason);
  }

  #emit(type: 'backend-down' | 'backend-up', reason: string): void {
    this.#options.emit({ type, atMs: Math.round(this.#options.clock.now()), backend: this.backend.name, reason });
  }
}
