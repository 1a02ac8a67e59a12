import type { LoadedModel } from '../backends/backend.js';
import type { Clock } from '../types.js';
import type { ModelFacts } from './model-facts.js';
import type { ModelPresence } from './model-presence.js';
import type { ModelStay } from './model-stay.js';
import type { ModelUse } from './model-use.js';
import type { RuntimeNews } from './runtime-news.js';

/** What sight is made of. */
export interface ModelSightParts {
  /** Where the model is. */
  readonly presence: ModelPresence;
  /** Whether it stays. */
  readonly stay: ModelStay;
  /** Who uses it. */
  readonly use: ModelUse;
  /** What was learnt. */
  readonly facts: ModelFacts;
  /** Whom it is told. */
  readonly news: RuntimeNews;
  /** How long it stays without use while it is not kept, ms. */
  readonly lingerMs: number;
  /** Context of its profile, tokens. */
  readonly contextTokens: number;
  /** Whether it is loaded and unloaded by request. */
  readonly isManaged: boolean;
  /** Whether a load is under way. */
  readonly isLoading: () => boolean;
  /** Whether an unload is under way. */
  readonly isUnloading: () => boolean;
  /** Name of the on-demand model that came when this one left; `null` = none did. */
  readonly displacer: () => string | null;
  /** A load was measured by the server. */
  readonly measured: (loaded: LoadedModel) => void;
  /** Time. */
  readonly clock: Clock;
}

/** The server's clock begins before ours does, and counts in whole seconds. */
const lingerShare = 0.9;

/** How long after an answer broke off the absence of its model is the cause, ms. */
const diedWithinMs = 10_000;

const lostReasons = { unseen: 'evicted', 'server-down': 'backend-down', 'runner-died': 'runner-died' } as const;

/** Applies what a server shows of one model. */
export class ModelSight {
  readonly #parts: ModelSightParts;

  constructor(parts: ModelSightParts) {
    this.#parts = parts;
  }

  /** Its server lists it as installed, or does not. */
  install(isInstalled: boolean, digest: string | null): void {
    const { facts, news, presence, isManaged } = this.#parts;
    const { isMissing, oldDigest } = facts.files.install(isInstalled, digest);
    if (isMissing) news.missing();
    if (oldDigest === null || digest === null) return;
    news.newFiles(oldDigest, digest, presence.state === 'resident' && isManaged ? 'reload' : 'adopt');
  }

  /** Its server lists it as loaded, or does not; what was asked for before the last change is stale and ignored. */
  observe(loaded: LoadedModel | null, askedMs: number): void {
    const { presence, facts, isManaged, isLoading, isUnloading, measured } = this.#parts;
    // While it is loaded its server may not list it yet: only the deadline of the load decides.
    if (isLoading() || isUnloading() || presence.isOutdated(askedMs)) return;
    if (loaded === null) {
      this.gone('unseen');
      return;
    }
    if (presence.step('seen') !== null) this.arrived(null);
    const isFirst = presence.show(loaded, askedMs);
    facts.files.load(loaded.digest);
    if (isFirst && isManaged) measured(loaded);
  }

  /** It left unasked. One that is not there soon after an answer of it broke off died: a server takes out none that is at work. */
  gone(seen: 'unseen' | 'server-down' | 'runner-died'): void {
    const { presence, stay, use, facts, news, lingerMs, isLoading, displacer, clock } = this.#parts;
    if (isLoading()) return;
    const stayedMs = presence.inStateMs;
    const brokenForMs = clock.monotonicMs() - (facts.brokenMs ?? Number.NEGATIVE_INFINITY);
    const input = seen === 'unseen' && brokenForMs < diedWithinMs ? 'runner-died' : seen;
    if (presence.step(input) === null) return;
    facts.left();
    const { isPinned } = stay;
    if (input === 'unseen' && !isPinned) {
      news.evicted(use.idleMs >= lingerShare * lingerMs ? 'linger' : 'server', stayedMs);
      return;
    }
    if (isPinned) {
      facts.absence.begin(clock.monotonicMs());
      presence.heldBackBy = input === 'unseen' ? displacer() : null;
    }
    news.lost(lostReasons[input], stayedMs, isPinned);
  }

  /** It is in memory; `loadMs` is `null` where another client loaded it. */
  arrived(loadMs: number | null): void {
    const { presence, use, facts, news, clock } = this.#parts;
    presence.heldBackBy = null;
    use.arrived();
    facts.arrived();
    news.ready(loadMs, facts.absence.end(clock.monotonicMs()));
  }

  /** Whether it is to be loaded anew because another client changed its context, or its files changed; says so. */
  checkDrift(isIdle: boolean, canKeepLarger: boolean): boolean {
    const { presence, facts, news, contextTokens: wantedTokens, isManaged, clock } = this.#parts;
    if (presence.loaded === null || !isManaged) return false;
    const foundTokens = presence.loaded.contextTokens;
    const nowMs = clock.monotonicMs();
    const action = facts.drift.check({ wantedTokens, foundTokens, isIdle, canKeepLarger, nowMs });
    if (action !== 'none' && foundTokens !== null) news.otherContext(wantedTokens, foundTokens, action);
    return action === 'reload' || (isIdle && facts.files.takeReload());
  }
}
