import type { Backend, LoadedModel } from '../backends/backend.js';
import { ModelPoolError, type ModelPoolErrorCode } from '../errors.js';
import type { EvictReason } from '../events.js';
import type { ConfiguredModel } from '../roles/configuration.js';
import type { Profile } from '../roles/profile.js';
import type { ModelState, ModelStatus } from '../status.js';
import type { Clock } from '../types.js';
import { ModelFacts } from './model-facts.js';
import { ModelLoader } from './model-loader.js';
import { ModelPresence } from './model-presence.js';
import { ModelSight } from './model-sight.js';
import { describeModel } from './model-status.js';
import { ModelStay } from './model-stay.js';
import { ModelUse } from './model-use.js';
import { RuntimeNews } from './runtime-news.js';
import type { RuntimeEffects, RuntimeOptions } from './runtime-options.js';
import type { Answer } from './statistics.js';

/** How long a look at the server proves that a model is in memory, ms. */
const proofMs = 15_000;

/**
 * Owner of one model's state. Callers never read the state to act on it: they ask `ensureReady`, which starts at most one
 * load, however many wait, and `evict`, which takes out nothing that is in use.
 */
export class ModelRuntime {
  readonly configured: ConfiguredModel;
  readonly backend: Backend;
  /** What was learnt about the model. */
  readonly facts = new ModelFacts();
  readonly #clock: Clock;
  readonly #effects: RuntimeEffects;
  readonly #news: RuntimeNews;
  readonly #use: ModelUse;
  readonly #loader: ModelLoader;
  readonly #presence: ModelPresence;
  readonly #stay: ModelStay;
  readonly #sight: ModelSight;

  constructor({ configured, backend, clock, effects, loadLimits }: RuntimeOptions) {
    this.configured = configured;
    this.backend = backend;
    this.#clock = clock;
    this.#effects = effects;
    this.#news = new RuntimeNews(configured, effects, clock);
    this.#use = new ModelUse(clock);
    this.#loader = new ModelLoader({
      name: configured.name,
      backend,
      clock,
      limits: loadLimits,
      loads: this.facts.loads,
      profile: () => this.profile,
      admit: (signal) => this.#admit(signal),
      onStart: () => void this.#presence.step('load-start'),
      onLoad: (loadMs) => this.#loadEnded(loadMs),
      onError: (error) => this.#failed(error),
    });
    this.#stay = new ModelStay(configured);
    // Nobody looks at a server that is not probed: what it serves is there until a call says otherwise.
    this.#presence = new ModelPresence(clock, backend.traits.isProbed ? 'absent' : 'resident');
    this.#sight = new ModelSight({
      presence: this.#presence,
      stay: this.#stay,
      use: this.#use,
      facts: this.facts,
      news: this.#news,
      lingerMs: configured.lingerMs,
      contextTokens: configured.profile.contextTokens,
      isManaged: this.isManaged,
      isLoading: () => this.#loader.isLoading,
      isUnloading: () => this.#loader.isUnloading,
      displacer: () => effects.displacer(this),
      measured: (loaded) => effects.measured(this, loaded),
      clock,
    });
  }

  get name(): string {
    return this.configured.name;
  }
  get digest(): string | null {
    return this.facts.files.digest;
  }
  /** Whether its server has it; `null` = not known. */
  get isInstalled(): boolean | null {
    return this.facts.files.isInstalled;
  }
  /** What it holds, as its server says; an advisory reading. */
  get loaded(): LoadedModel | null {
    return this.#presence.loaded;
  }
  /** State for routing and display; an advisory reading. */
  get state(): ModelState {
    return this.#presence.state;
  }
  /** How long it has been in this state, ms. */
  get inStateMs(): number {
    return this.#presence.inStateMs;
  }
  /** Since it was known to be in memory for the last time, ms. */
  get unseenMs(): number {
    return this.#presence.unseenMs;
  }
  /** How long it is not loaded again, ms. */
  get restMs(): number {
    return this.facts.rest.restMs(this.#clock.monotonicMs());
  }
  /** Whether an aborted call may still hold its slot. */
  get mayHaveLeaked(): boolean {
    return this.#use.mayHaveLeaked;
  }
  /** Whether it is loaded and unloaded by request. */
  get isManaged(): boolean {
    return this.backend.traits.residency === 'managed';
  }
  /** Whether it stays: by hand, or as the candidate that its role keeps in memory. */
  get isPinned(): boolean {
    return this.#stay.isPinned;
  }
  /** Why it stays; `null` = it does not. */
  get stays(): 'role' | 'pin' | null {
    return this.#stay.reason;
  }
  /** Whether no call uses it and no load is under way. */
  get isIdle(): boolean {
    return this.#use.isFree && !this.#loader.isLoading;
  }
  /** Whether a request for it is on its way, which brings it into memory where it is not. */
  get isAsked(): boolean {
    return this.#use.isAsked;
  }
  /** Whether a request may have brought it into memory since its server was seen without it. */
  get wasAsked(): boolean {
    return this.#use.wasAsked;
  }
  /** How long no call has used it, ms. */
  get idleMs(): number {
    return this.#use.idleMs;
  }
  /** How long it has answered nobody, the pool's own questions included, ms. */
  get silentMs(): number {
    return this.#use.silentMs;
  }
  /** Learnt prompt tokens per second. */
  get prefillRate(): number | null {
    return this.facts.rates.prefill;
  }
  /** Context that it runs with, tokens. */
  get contextTokens(): number {
    return this.facts.drift.adoptedTokens ?? this.configured.profile.contextTokens;
  }
  /** Name of the model that came when this one had to leave; `null` = none did, or this one is back. */
  get heldBackBy(): string | null {
    return this.#presence.heldBackBy;
  }
  /** What its requests carry now: the profile of the configuration, its stay, and a context adopted from another client. */
  get profile(): Profile {
    return this.#stay.profile(this.facts.drift.adoptedTokens);
  }

  /** Keeps it in memory from now on. */
  pin(): void {
    this.#stay.pin();
  }

  /** Takes {@link pin} back. */
  unpin(): void {
    this.#stay.unpin();
  }

  /** Whether it is the candidate that its role keeps in memory. */
  choose(isChosen: boolean): void {
    this.#stay.choose(isChosen);
  }

  /** Somebody else needs its memory until further notice. */
  holdBack(by: string): void {
    this.#presence.heldBackBy = by;
  }

  /** A call begins to use it; the returned function ends that. A question of the pool's own is no use. */
  use(isProbe = false): () => void {
    return this.#use.begin(isProbe);
  }

  /** A request goes to its server; the returned function ends that. */
  ask(): () => void {
    return this.#use.ask();
  }

  /** Whether its server lists it, and with which files. */
  setInstalled(isInstalled: boolean, digest: string | null): void {
    this.#sight.install(isInstalled, digest);
  }

  /** A call was answered: the model is in memory, and this is how fast it was. */
  answered(answer: Answer): void {
    this.#presence.prove();
    this.#use.answered();
    this.facts.answered(answer);
  }

  /** A call was cut off in the middle: its slot may be held until the server notices. */
  left(): void {
    this.#use.mayHaveLeaked = true;
  }

  /** A call failed in a way that leaves open whether the model is in memory. */
  doubt(code: ModelPoolErrorCode | null = null): void {
    this.#presence.doubt();
    this.facts.doubted(code, this.#clock.monotonicMs());
  }

  /** Resolves once the model is in memory, with the time that took. One load for all who wait; it ends when the last one leaves. */
  async ensureReady(signal: AbortSignal, onLoad: (etaMs: number | null) => void = () => {}): Promise<number> {
    if (this.#isProven()) return 0;
    const startedMs = this.#clock.monotonicMs();
    if (!this.#loader.isLoading) await this.#effects.look(signal);
    if (this.#isProven()) return 0;
    this.#load(false);
    onLoad(this.#loader.etaMs);
    // One that everybody had left is not joined: it ends, and the next one begins.
    while (!(await this.#loader.join(signal)) && !this.#isProven()) this.#load(false);
    return this.#clock.monotonicMs() - startedMs;
  }

  /** Applies what the server showed; a reading that was asked for before the last change is stale and ignored. */
  observe(loaded: LoadedModel | null, askedMs: number): void {
    if (loaded === null) this.#use.missed(askedMs);
    this.#sight.observe(loaded, askedMs);
  }

  /** Its server does not answer any more. */
  backendDown(): void {
    if (this.backend.traits.isProbed) this.#sight.gone('server-down');
  }

  /** The server said that the process of the model died. */
  runnerDied(): void {
    if (this.isManaged) this.#sight.gone('runner-died');
  }

  /** Whether it is to be loaded anew because another client changed its context, or its files changed; says so. */
  checkDrift(canKeepLarger: boolean): boolean {
    return this.#sight.checkDrift(this.isIdle, canKeepLarger);
  }

  /** Sends the load request to a resident model: renews its stay and its options. */
  async renew(signal: AbortSignal): Promise<void> {
    if (this.state === 'resident' && this.isManaged) await this.#loader.renew(signal);
  }

  /** Loads an idle model anew; callers wait for that as for any load. Does nothing for one that is in use. */
  async reload(reason: string, signal: AbortSignal): Promise<void> {
    if (!this.isIdle || this.state !== 'resident' || !this.isManaged) return;
    this.#news.reload(reason, this.inStateMs);
    if (this.isPinned) this.facts.absence.begin(this.#clock.monotonicMs());
    this.#load(true);
    await this.#loader.join(signal);
  }

  /** It does not answer: takes it out, and loads it again if it stays. */
  async recover(signal: AbortSignal): Promise<void> {
    if (!this.isIdle || this.state !== 'resident') return;
    if (!this.isPinned) {
      await this.evict('unresponsive', signal);
      return;
    }
    this.#news.lost('unresponsive', this.inStateMs, true);
    await this.reload('unresponsive', signal);
  }

  /**
   * Takes it out of memory; its server does that after the calls that it knows of. Resolves with `false` where it stays
   * because somebody uses it; who asks by hand, or closes the pool, gets it out in any case.
   */
  async evict(reason: EvictReason, signal: AbortSignal): Promise<boolean> {
    if (!this.isManaged) return false;
    if (reason !== 'asked' && reason !== 'closed' && !this.isIdle) return false;
    await this.#loader.unload(signal, () => {
      const stayedMs = this.inStateMs;
      const isThere = this.#presence.step('evict-start') !== null;
      return (error) => {
        this.#presence.step(error === null ? 'evict-end' : 'evict-error');
        if (error === null) this.#unloaded(isThere ? stayedMs : null, reason);
      };
    });
    return true;
  }

  /** For people and for whoever chooses models. */
  status(): ModelStatus {
    return describeModel(this, this.#effects.needBytes(this), this.#clock.monotonicMs());
  }

  #isProven(): boolean {
    return this.state === 'resident' && (!this.isManaged || this.unseenMs < proofMs);
  }

  #load(unloadFirst: boolean): void {
    if (this.#loader.isLoading) return;
    // While it is being unloaded the load waits, and begins later.
    this.#presence.step('load-start');
    this.#loader.start(unloadFirst);
  }

  #admit(signal: AbortSignal): Promise<() => void> {
    this.facts.left(); // whatever was there is loaded with our own options
    return this.#effects.admit(this, signal);
  }

  #loadEnded(loadMs: number): void {
    this.#presence.prove();
    this.#presence.step('load-end');
    this.#sight.arrived(loadMs);
    this.#news.loaded(loadMs);
  }

  /** The server took it out by request; `stayedMs` is `null` where it was not there. */
  #unloaded(stayedMs: number | null, reason: EvictReason): void {
    this.#use.mayHaveLeaked = false;
    this.facts.left();
    if (stayedMs === null) return;
    if (reason === 'swap') this.facts.absence.begin(this.#clock.monotonicMs());
    this.#news.evicted(reason, stayedMs);
    this.#news.unloaded(reason);
  }

  #failed(error: unknown): void {
    if (!ModelPoolError.isInstance(error)) {
      this.#presence.step('load-stop'); // everybody left
      return;
    }
    const isResting = this.facts.rest.failed(error, this.#clock.monotonicMs());
    this.#presence.step(isResting || error.code === 'memory-insufficient' ? 'load-error' : 'load-stop');
    if (error.code === 'model-missing') this.#sight.install(false, null);
    this.#news.failed(error);
  }
}
