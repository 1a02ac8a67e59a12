import type { Backend, LoadedModel, ServerVersion } from '../backends/backend.js';
import { plainName } from '../backends/model-name.js';
import { poolError, withFacts } from '../calls/call-error.js';
import { ModelPoolError } from '../errors.js';
import type { PoolEvent } from '../events.js';
import type { ModelRuntime } from '../residency/runtime.js';
import { type Breaker, closedBreaker, isBreakerOpen, recordFailure, recordSuccess } from '../routing/breaker.js';
import type { BackendStatus, InstalledModel } from '../status.js';
import type { Clock, Logger } from '../types.js';
import { chooseWarnings } from './backend-warnings.js';
import { InstalledList } from './installed-list.js';

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

/** Says of a failure that the server was not asked. */
const unsent = 'breaker-open';

/** Owner of what is known about one server: whether it answers, its breaker, its models. */
export class BackendMonitor {
  readonly backend: Backend;
  readonly #options: MonitorOptions;
  readonly #list: InstalledList;
  #state: BackendStatus['state'] = 'unknown';
  #error: string | null = null;
  #version: ServerVersion | null = null;
  #isBeyondLoopback: boolean | null = null;
  #loaded: readonly LoadedModel[] = [];
  #breaker: Breaker = closedBreaker;
  /** Nobody listened there since it last answered: who answers next is a new process. */
  #wasRefused = false;
  #look: Promise<void> | null = null;
  #pausedUntilMs = 0;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.backend = options.backend;
    this.#list = new InstalledList(options);
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
  /** How long it asked to be left alone, ms. */
  get pausedMs(): number {
    return Math.max(0, this.#pausedUntilMs - this.#options.clock.monotonicMs());
  }
  /** When the next call may probe it, ms. */
  get openMs(): number {
    return Math.max(0, (this.#breaker.openUntilMs ?? 0) - this.#options.clock.monotonicMs());
  }

  /** Asked right before a call is sent: it may have waited since it was routed. @throws ModelPoolError `backend-down` */
  checkOpen(): void {
    if (!this.isOpen) return;
    throw poolError('backend-down', `${this.backend.name} failed too often and rests`, {
      retryAfterMs: Math.ceil(this.openMs),
      details: { fault: unsent, refused: true },
    });
  }

  /** What is known of an installed model. */
  installed(model: string): InstalledModel | undefined {
    return this.#list.find(model);
  }

  /** Looks now, or joins the look that is under way. Rejects with `backend-down`, or the signal's reason. */
  async look(signal: AbortSignal): Promise<void> {
    if (!this.backend.traits.isProbed) return;
    this.#look ??= this.#run().finally(() => {
      this.#look = null;
    });
    await this.#look;
    signal.throwIfAborted();
  }

  /** Asks for the installed models again with the next look. */
  forgetList(): void {
    this.#list.forget();
  }

  /** It asked to be left alone for a while. */
  pause(forMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#options.clock.monotonicMs() + forMs);
  }

  /** A call was answered. */
  succeeded(): void {
    this.#wasRefused = false;
    this.#breaker = recordSuccess(this.#breaker);
    this.#up();
  }

  /** A call failed because of the server, so long after it was sent. One that was not sent says nothing. */
  failed(error: ModelPoolError, tookMs: number): void {
    if (error.details.fault === unsent) return;
    const isRefusal = error.details.refused === true;
    this.#wasRefused ||= isRefusal;
    this.#breaker = recordFailure(this.#breaker, { isRefusal, tookMs }, this.#options.clock.monotonicMs());
    // Nobody looks at a server that is not probed: its breaker alone says that it is down.
    if (isRefusal || (!this.backend.traits.isProbed && this.isOpen)) this.#down(error.message);
  }

  status(): BackendStatus {
    const { name, kind, url, traits } = this.backend;
    const version = this.#version?.version ?? null;
    const engine = this.#version?.engine ?? null;
    return {
      name,
      kind,
      url,
      state: this.#state,
      error: this.#state === 'down' ? this.#error : null,
      openForMs: Math.ceil(this.openMs),
      residency: traits.residency,
      isLocal: traits.isLocal,
      version,
      engine,
      warnings: chooseWarnings({ kind, version, engine, isBeyondLoopback: this.#isBeyondLoopback }),
      installed: this.#list.all,
    };
  }

  async #run(): Promise<void> {
    const { clock, probeMs, runtimes } = this.#options;
    const controller = new AbortController();
    const { signal } = controller;
    const late = poolError('backend-down', `the server did not answer within ${probeMs} ms`, {
      details: { fault: 'probe-timeout' },
    });
    const stopTimer = clock.after(probeMs, () => controller.abort(late));
    try {
      const askedMs = clock.monotonicMs();
      const [version, loaded] = await Promise.all([this.backend.version(signal), this.backend.loaded(signal)]);
      this.#version = version;
      this.#loaded = loaded;
      // That it answers questions says nothing of its calls: only another process has a clean sheet.
      if (this.#wasRefused) this.#breaker = recordSuccess(this.#breaker);
      this.#wasRefused = false;
      if (this.#up()) this.#isBeyondLoopback = await this.#askExposure(signal);
      await this.#list.refresh(signal);
      for (const runtime of runtimes) runtime.observe(this.#entry(runtime), askedMs);
    } catch (error) {
      controller.abort();
      const known = ModelPoolError.isInstance(error)
        ? error
        : poolError('backend-down', String(error), { cause: error });
      this.#wasRefused ||= known.details.refused === true;
      this.#down(known.message);
      throw withFacts(known, { backend: this.backend.name });
    } finally {
      stopTimer();
    }
  }

  /** What of a model is in memory; after a pull the old files may be there beside the new ones. */
  #entry({ configured }: ModelRuntime): LoadedModel | null {
    const name = plainName(configured.profile.model);
    const entries = this.#loaded.filter(({ model }) => plainName(model) === name);
    const digest = this.#list.find(name)?.digest ?? null;
    return entries.find((entry) => entry.digest === digest) ?? entries[0] ?? null;
  }

  async #askExposure(signal: AbortSignal): Promise<boolean | null> {
    return (await this.backend.isBeyondLoopback?.(signal).catch(() => null)) ?? null;
  }

  /** Returns whether that is new. */
  #up(): boolean {
    if (this.#state === 'up') return false;
    const isBack = this.#state === 'down';
    this.#state = 'up';
    this.forgetList();
    if (isBack) this.#emit('backend-up', 'it answers again');
    return true;
  }

  #down(reason: string): void {
    this.#error = reason;
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
