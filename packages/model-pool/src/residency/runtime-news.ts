import type { ModelPoolError } from '../errors.js';
import type { EvictReason, ModelLost } from '../events.js';
import type { ConfiguredModel } from '../roles/configuration.js';
import type { ResidencyChange } from '../status.js';
import type { Clock } from '../types.js';
import type { RuntimeEffects } from './runtime-options.js';

/** Tells the pool what happened to one model: as events, in the history, in the log of decisions. */
export class RuntimeNews {
  readonly #configured: ConfiguredModel;
  readonly #effects: RuntimeEffects;
  readonly #clock: Clock;

  constructor(configured: ConfiguredModel, effects: RuntimeEffects, clock: Clock) {
    this.#configured = configured;
    this.#effects = effects;
    this.#clock = clock;
  }

  get #head() {
    return { atMs: Math.round(this.#clock.now()), name: this.#configured.name };
  }

  /** Its server does not have it. */
  missing(): void {
    const { backend, profile } = this.#configured;
    this.#effects.emit({ type: 'model-missing', ...this.#head, backend, model: profile.model });
  }

  /** Its files changed. */
  newFiles(oldDigest: string, newDigest: string, action: 'reload' | 'adopt'): void {
    this.#effects.emit({ type: 'profile-drift', reason: 'digest', ...this.#head, oldDigest, newDigest, action });
  }

  /** Another client gave it another context. */
  otherContext(wantedTokens: number, foundTokens: number, action: 'reload' | 'adopt'): void {
    this.#effects.emit({ type: 'profile-drift', reason: 'context', ...this.#head, wantedTokens, foundTokens, action });
  }

  /** It is in memory; `loadMs` is `null` where another client loaded it, `lostMs` where it had not been missed. */
  ready(loadMs: number | null, lostMs: number | null): void {
    const rounded = loadMs === null ? null : Math.round(loadMs);
    this.#change('ready', loadMs === null ? 'found' : 'loaded', loadMs);
    this.#effects.emit({ type: 'model-ready', ...this.#head, loadMs: rounded });
    if (lostMs !== null) this.#effects.emit({ type: 'residency-restore', ...this.#head, lostMs: Math.round(lostMs) });
  }

  /** It left unasked; only of one that should have stayed there is an event. */
  lost(reason: ModelLost['reason'], stayedMs: number, isMissed: boolean): void {
    this.#change('lost', reason, stayedMs);
    if (!isMissed) return;
    this.#effects.emit({ type: 'model-lost', ...this.#head, reason });
    this.#effects.wake();
  }

  /** It left as planned. */
  evicted(reason: EvictReason, stayedMs: number): void {
    this.#change('evict', reason, stayedMs);
    this.#effects.emit({ type: 'model-evict', ...this.#head, reason });
    this.#effects.wake();
  }

  /** It is loaded anew. */
  reload(reason: string, stayedMs: number): void {
    this.#change('reload', reason, stayedMs);
  }

  /** A load ended well. */
  loaded(loadMs: number): void {
    const { name } = this.#configured;
    const inputs = { name, loadMs: Math.round(loadMs), error: null };
    this.#effects.decide({ kind: 'load', requestId: null, callId: null, inputs, chosen: name, rejected: [] });
  }

  /** A load failed. */
  failed({ code, message }: ModelPoolError): void {
    this.#change('failed', code, null);
    const inputs = { name: this.#configured.name, loadMs: null, error: message };
    this.#effects.decide({ kind: 'load', requestId: null, callId: null, inputs, chosen: null, rejected: [] });
  }

  /** The pool took it out. */
  unloaded(reason: EvictReason): void {
    const { name } = this.#configured;
    const inputs = { name, reason };
    this.#effects.decide({ kind: 'evict', requestId: null, callId: null, inputs, chosen: name, rejected: [] });
  }

  #change(change: ResidencyChange['change'], reason: string, durationMs: number | null): void {
    const rounded = durationMs === null ? null : Math.round(durationMs);
    this.#effects.changed({ ...this.#head, change, reason, durationMs: rounded });
  }
}
