import type { Backend } from '../backends/backend.js';
import { poolError } from '../calls/call-error.js';
import type { Profile } from '../roles/profile.js';
import type { Clock } from '../types.js';
import { limitTime } from '../waiting/limit-time.js';
import { waitFor } from '../waiting/wait-for.js';
import { LoadFlight, loadLimitMs } from './load-flight.js';
import type { Sample } from './statistics.js';

/** What a loader is made of. */
export interface ModelLoaderOptions {
  /** Name of the model. */
  readonly name: string;
  /** Its server. */
  readonly backend: Backend;
  /** What the load request carries. */
  readonly profile: () => Profile;
  /** Load times so far, ms. */
  readonly loads: Sample;
  /** Least and most time for a load, ms. */
  readonly limits: { readonly minMs: number; readonly maxMs: number };
  /** Time. */
  readonly clock: Clock;
  /** Makes room; the returned function gives it back. */
  readonly admit: (signal: AbortSignal) => Promise<() => void>;
  /** A load begins: no unload is in its way any more. */
  readonly onStart: () => void;
  /** A load ended well, before anybody who waits knows. */
  readonly onLoad: (loadMs: number) => void;
  /** A load failed, before anybody who waits knows; no ModelPoolError if everybody left. */
  readonly onError: (error: unknown) => void;
}

/** Loads and unloads one model: at most one load at a time, however many wait, and none while it is being unloaded. */
export class ModelLoader {
  readonly #options: ModelLoaderOptions;
  #flight: LoadFlight | null = null;
  #exit: Promise<void> | null = null;
  #renewal: Promise<void> | null = null;

  constructor(options: ModelLoaderOptions) {
    this.#options = options;
  }

  /** Whether a load is under way. */
  get isLoading(): boolean {
    return this.#flight !== null;
  }
  /** Whether an unload is under way. */
  get isUnloading(): boolean {
    return this.#exit !== null;
  }
  /** How long the load is expected to take from now on, ms; `null` = nothing learnt. */
  get etaMs(): number | null {
    const typicalMs = this.#options.loads.quantile(0.5);
    return typicalMs === null ? null : Math.max(0, typicalMs - (this.#flight?.ageMs ?? 0));
  }

  /** Starts a load, unless one is under way; `unloadFirst` takes out what is there. */
  start(unloadFirst = false): void {
    this.#flight ??= this.#load(unloadFirst);
  }

  /**
   * Waits for the load that is under way; it ends when the last who waits leaves. Resolves with `false` where everybody had
   * left it already: that one is over then, and another one can be started.
   */
  async join(signal: AbortSignal): Promise<boolean> {
    const flight = this.#flight;
    if (flight === null) return true;
    if (flight.isLeft) {
      await flight.settled(signal);
      return false;
    }
    await flight.join(signal);
    return true;
  }

  /**
   * Takes it out once no load is under way. `onStart` is called right before the request, by the first who asks. The signal
   * ends the waiting alone: somebody else may wait too.
   */
  async unload(signal: AbortSignal, onStart: () => (error: unknown) => void): Promise<void> {
    // One load may follow the other before this goes on.
    while (this.#flight !== null) await this.#flight.settled(signal);
    if (this.#exit === null) {
      const onEnd = onStart();
      this.#exit = this.#requestUnload(new AbortController().signal)
        .then(
          () => onEnd(null),
          (error: unknown) => {
            onEnd(error);
            throw error;
          },
        )
        .finally(() => {
          this.#exit = null;
        });
      this.#exit.catch(() => {}); // whoever waits gets it; the signal may have ended the waiting
    }
    await waitFor(this.#exit, signal);
  }

  /** Sends the load request for a model that is there, which renews its stay: one at a time, within the least time for a load. */
  async renew(signal: AbortSignal): Promise<void> {
    this.#renewal ??= this.#requestRenewal(signal).finally(() => {
      this.#renewal = null;
    });
    await this.#renewal;
  }

  #load(unloadFirst: boolean): LoadFlight {
    const { name, backend, profile, loads, limits, clock, admit, onStart, onLoad, onError } = this.#options;
    return new LoadFlight({
      name,
      clock,
      limitMs: loadLimitMs(loads.quantile(0.95), limits),
      prepare: async (signal) => {
        if (this.#exit !== null) await waitFor(this.#exit, signal).catch(() => signal.throwIfAborted());
        onStart();
        const giveBack = await admit(signal);
        if (!unloadFirst) return giveBack;
        await this.#requestUnload(signal).catch((error: unknown) => {
          giveBack();
          throw error;
        });
        return giveBack;
      },
      load: (signal) => backend.load(profile(), signal),
      onEnd: (loadMs) => {
        this.#flight = null;
        loads.add(loadMs);
        onLoad(loadMs);
      },
      onError: (error) => {
        this.#flight = null;
        onError(error);
      },
    });
  }

  #requestRenewal(signal: AbortSignal): Promise<void> {
    const { name, backend, profile, limits, clock } = this.#options;
    const limitMs = limits.minMs;
    const late = poolError('load-timeout', `the stay of ${name} was not renewed within ${limitMs} ms`, {
      details: { limitMs },
    });
    return limitTime(clock, limitMs, late, signal, (limited) => backend.load(profile(), limited));
  }

  /** Has to be over within the least time for a load. */
  #requestUnload(signal: AbortSignal): Promise<void> {
    const { name, backend, profile, limits, clock } = this.#options;
    const limitMs = limits.minMs;
    const late = poolError('load-timeout', `${name} was not unloaded within ${limitMs} ms`, { details: { limitMs } });
    return limitTime(clock, limitMs, late, signal, (limited) => backend.unload(profile().model, limited));
  }
}
