import type { Backend, LoadedModel } from '../backends/backend.js';
import { poolError, toCallError } from '../calls/call-error.js';
import { ModelPoolError } from '../errors.js';
import type { ConfiguredModel } from '../roles/configuration.js';
import type { ModelState, ModelStatus } from '../status.js';
import type { Clock } from '../types.js';
import { Absence } from './absence.js';
import { DriftWatch } from './drift-watch.js';
import type { RuntimeEffects, RuntimeOptions } from './runtime-options.js';
import { type Answer, AnswerRates, Sample } from './statistics.js';
import { waitFor } from './wait-for.js';

interface Load {
  readonly controller: AbortController;
  readonly done: Promise<void>;
  waiters: number;
}

/** How long a look at the server proves that a model is in memory, ms. */
const proofMs = 15_000;

/**
 * Owner of one model's state: absent → loading → resident → evicting, and failed with a time of rest. Callers never read
 * the state to act on it: they ask `ensureReady`, which starts at most one load, however many wait.
 */
export class ModelRuntime {
  readonly configured: ConfiguredModel;
  readonly backend: Backend;
  readonly #clock: Clock;
  readonly #effects: RuntimeEffects;
  readonly #loadLimits: RuntimeOptions['loadLimits'];
  readonly #loads = new Sample();
  #pinned: boolean;
  #state: ModelState = 'absent';
  #sinceMs: number;
  #provenMs = Number.NEGATIVE_INFINITY;
  #usedMs: number;
  #active = 0;
  #load: Load | null = null;
  #failures = 0;
  #restUntilMs = 0;
  #error: ModelPoolError | null = null;
  #loaded: LoadedModel | null = null;
  #digest: string | null = null;
  #isInstalled: boolean | null = null;
  readonly #absence = new Absence();
  readonly #drift = new DriftWatch();
  readonly #rates = new AnswerRates();
  #mayHaveLeaked = false;

  constructor(options: RuntimeOptions) {
    this.configured = options.configured;
    this.backend = options.backend;
    this.#clock = options.clock;
    this.#effects = options.effects;
    this.#loadLimits = options.loadLimits;
    this.#pinned = options.configured.resident === 'always';
    this.#sinceMs = this.#usedMs = this.#clock.monotonicMs();
  }

  get name(): string {
    return this.configured.name;
  }
  get digest(): string | null {
    return this.#digest;
  }
  /** Whether its server has it; `null` = not known. */
  get isInstalled(): boolean | null {
    return this.#isInstalled;
  }
  /** What it holds, as its server says; an advisory reading. */
  get loaded(): LoadedModel | null {
    return this.#state === 'resident' ? this.#loaded : null;
  }
  /** State for routing and display; an advisory reading. */
  get state(): ModelState {
    return this.#state;
  }
  /** How long it is not loaded again, ms. */
  get restMs(): number {
    return Math.max(0, this.#restUntilMs - this.#clock.monotonicMs());
  }
  /** Whether an aborted call may still hold its slot. */
  get mayHaveLeaked(): boolean {
    return this.#mayHaveLeaked;
  }
  get isPinned(): boolean {
    return this.#pinned;
  }
  get isIdle(): boolean {
    return this.#active === 0 && this.#load === null;
  }
  /** How long nobody used it, ms. */
  get idleMs(): number {
    return this.#clock.monotonicMs() - this.#usedMs;
  }
  /** Learnt prompt tokens per second. */
  get prefillRate(): number | null {
    return this.#rates.prefill;
  }
  /** Context that it runs with, tokens. */
  get contextTokens(): number {
    return this.#drift.adoptedTokens ?? this.configured.profile.contextTokens;
  }

  /** Keeps it in memory from now on. */
  pin(): void {
    this.#pinned = true;
  }

  /** A call begins to use it; the returned function ends that. */
  use(): () => void {
    this.#active += 1;
    return () => {
      this.#active -= 1;
      this.#usedMs = this.#clock.monotonicMs();
    };
  }

  /** Whether its server lists it. */
  setInstalled(isInstalled: boolean, digest: string | null): void {
    if (this.#isInstalled !== false && !isInstalled) {
      const { name, backend, profile } = this.configured;
      this.#effects.emit({ type: 'model-missing', atMs: this.#nowMs(), name, backend, model: profile.model });
    }
    this.#isInstalled = isInstalled;
    this.#digest = digest ?? this.#digest;
  }

  /** A call was answered: the model is in memory, and this is how fast it was. */
  answered(answer: Answer): void {
    this.#provenMs = this.#clock.monotonicMs();
    this.#mayHaveLeaked = false;
    this.#rates.add(answer);
  }

  /** A call was cut off in the middle: its slot may be held until the server notices. */
  left(): void {
    this.#mayHaveLeaked = true;
  }

  /** A call failed in a way that leaves open whether the model is in memory. */
  doubt(): void {
    this.#provenMs = Number.NEGATIVE_INFINITY;
  }

  /** Resolves once the model is in memory, with the time that took. One load for all who wait; it ends when the last one leaves. */
  async ensureReady(signal: AbortSignal, onLoad: (etaMs: number | null) => void = () => {}): Promise<number> {
    if (this.#isProven()) return 0;
    const startedMs = this.#clock.monotonicMs();
    if (this.#load === null) await this.#effects.look(signal);
    if (this.#isProven()) return 0;
    this.#load ??= this.#startLoad();
    const load = this.#load;
    onLoad(this.#loads.quantile(0.5));
    load.waiters += 1;
    try {
      await waitFor(load.done, signal);
    } finally {
      load.waiters -= 1;
      if (load.waiters === 0 && this.#load === load) load.controller.abort(new Error('nobody waits for the load'));
    }
    return this.#clock.monotonicMs() - startedMs;
  }

  /** Applies what the server showed; a reading that was asked for before the last change is stale and ignored. */
  observe(loaded: LoadedModel | null, askedMs: number): void {
    if (this.#load !== null || this.#state === 'evicting' || this.#sinceMs > askedMs) return;
    if (loaded !== null) {
      this.#provenMs = askedMs;
      this.#loaded = loaded;
      this.#digest = loaded.digest ?? this.#digest;
      if (this.#state !== 'resident') this.#arrived(null);
      return;
    }
    if (this.#state !== 'resident') return;
    if (this.#pinned) this.#lost('evicted');
    else {
      this.#set('absent');
      this.#effects.emit({ type: 'model-evict', atMs: this.#nowMs(), name: this.name, reason: 'linger' });
    }
  }

  /** Its server does not answer any more. */
  backendDown(): void {
    if (this.#state !== 'resident') return;
    if (this.#pinned) this.#lost('backend-down');
    else this.#set('absent');
  }

  /** The server said that the process of the model died. */
  runnerDied(): void {
    if (this.#state !== 'resident') return;
    if (this.#pinned) this.#lost('runner-died');
    else this.#set('absent');
  }

  /** Whether its context differs from the profile so that it has to be loaded again. */
  checkDrift(): boolean {
    const foundTokens = this.loaded?.contextTokens ?? null;
    const wantedTokens = this.configured.profile.contextTokens;
    const action = this.#drift.check(wantedTokens, foundTokens, this.isIdle, this.#clock.monotonicMs());
    if (action === 'none' || foundTokens === null) return false;
    const { name } = this;
    this.#effects.emit({ type: 'profile-drift', atMs: this.#nowMs(), name, wantedTokens, foundTokens, action });
    return action === 'reload';
  }

  /** Sends the load request to a resident model: renews its stay and its options. */
  async renew(signal: AbortSignal): Promise<void> {
    if (this.#state === 'resident') await this.backend.load(this.configured.profile, signal);
  }

  /** Takes it out of memory. Waits for nobody: the server does that after its running calls. */
  async evict(reason: 'memory' | 'asked', signal: AbortSignal): Promise<void> {
    if (this.#load !== null || this.#state === 'evicting') return;
    const before = this.#state;
    this.#set('evicting');
    try {
      await this.backend.unload(this.configured.profile.model, signal);
    } catch (error) {
      this.#set(before);
      throw error;
    }
    this.#set('absent');
    this.#mayHaveLeaked = false;
    if (before === 'resident')
      this.#effects.emit({ type: 'model-evict', atMs: this.#nowMs(), name: this.name, reason });
    this.#effects.decide({
      kind: 'evict',
      requestId: null,
      callId: null,
      inputs: { name: this.name, reason },
      chosen: this.name,
      rejected: [],
    });
  }

  /** For people and for whoever chooses models. */
  status(): ModelStatus {
    const { name, roles, backend, profile } = this.configured;
    const nowMs = this.#clock.monotonicMs();
    return {
      id: name,
      name,
      roles,
      backend,
      model: profile.model,
      digest: this.#digest,
      contextTokens: this.contextTokens,
      maxOutputTokens: profile.maxOutputTokens,
      ready: this.#state === 'resident',
      resident: this.#pinned ? 'always' : 'on-demand',
      state: this.#state,
      sinceMs: Math.round(nowMs - this.#sinceMs),
      memoryBytes: this.loaded?.bytes ?? null,
      loadMs: this.#loads.quantile(0.5),
      tokensPerSecond: this.#rates.decode,
      residencyLostMs: Math.round(this.#absence.totalMs(nowMs)),
      error: this.#state === 'failed' ? (this.#error?.message ?? null) : null,
    };
  }

  #nowMs(): number {
    return Math.round(this.#clock.now());
  }

  #isProven(): boolean {
    return this.#state === 'resident' && this.#clock.monotonicMs() - this.#provenMs < proofMs;
  }

  #set(state: ModelState): void {
    this.#state = state;
    this.#sinceMs = this.#clock.monotonicMs();
    if (state !== 'resident') this.#loaded = null;
  }

  #lost(reason: 'evicted' | 'backend-down' | 'runner-died'): void {
    this.#set('absent');
    this.#absence.begin(this.#clock.monotonicMs());
    this.#effects.emit({ type: 'model-lost', atMs: this.#nowMs(), name: this.name, reason });
  }

  #arrived(loadMs: number | null): void {
    this.#set('resident');
    this.#failures = 0;
    this.#restUntilMs = 0;
    this.#mayHaveLeaked = false;
    this.#effects.emit({
      type: 'model-ready',
      atMs: this.#nowMs(),
      name: this.name,
      loadMs: loadMs === null ? null : Math.round(loadMs),
    });
    const lostMs = this.#absence.end(this.#clock.monotonicMs());
    if (lostMs === null) return;
    this.#effects.emit({ type: 'residency-restore', atMs: this.#nowMs(), name: this.name, lostMs: Math.round(lostMs) });
  }

  #startLoad(): Load {
    const controller = new AbortController();
    const startedMs = this.#clock.monotonicMs();
    const { minMs, maxMs } = this.#loadLimits;
    const learntMs = this.#loads.quantile(0.95);
    const limitMs = learntMs === null ? maxMs : Math.min(maxMs, Math.max(minMs, 3 * learntMs));
    const stopTimer = this.#clock.after(limitMs, () =>
      controller.abort(
        poolError('load-timeout', `${this.name} was not loaded within ${limitMs} ms`, { details: { limitMs } }),
      ),
    );
    this.#set('loading');
    const run = async () => {
      try {
        await this.#effects.admit(this, controller.signal);
        await this.backend.load(this.configured.profile, controller.signal);
        const loadMs = this.#clock.monotonicMs() - startedMs;
        this.#loads.add(loadMs);
        this.#load = null;
        this.#provenMs = this.#clock.monotonicMs();
        this.#arrived(loadMs);
        this.#decideLoad(loadMs, null);
      } catch (error) {
        this.#load = null;
        this.#failedLoad(controller.signal.aborted ? controller.signal.reason : error);
        throw controller.signal.aborted ? controller.signal.reason : error;
      } finally {
        stopTimer();
      }
    };
    const done = run();
    done.catch(() => {}); // the waiters get it; there may be none left
    return { controller, done, waiters: 0 };
  }

  #failedLoad(error: unknown): void {
    if (!ModelPoolError.isInstance(error)) {
      this.#set('absent'); // everybody left
      return;
    }
    this.#error = error;
    this.#decideLoad(null, error.code);
    if (error.code === 'model-missing') this.setInstalled(false, null);
    const rests = error.code === 'load-failed' || error.code === 'load-timeout';
    this.#set(rests || error.code === 'memory-insufficient' ? 'failed' : 'absent');
    if (!rests) return;
    this.#restUntilMs = this.#clock.monotonicMs() + Math.min(600_000, 30_000 * 2 ** this.#failures);
    this.#failures += 1;
  }

  #decideLoad(loadMs: number | null, error: string | null): void {
    const inputs = {
      name: this.name,
      loadMs: loadMs === null ? null : Math.round(loadMs),
      error: error === null ? null : toCallError(this.#error).message,
    };
    this.#effects.decide({
      kind: 'load',
      requestId: null,
      callId: null,
      inputs,
      chosen: error === null ? this.name : null,
      rejected: [],
    });
  }
}
