/** A context that differs from the profile's. */
export interface DriftView {
  /** Context of the profile, tokens. */
  readonly wantedTokens: number;
  /** Context it runs with, tokens; `null` = its server does not say. */
  readonly foundTokens: number | null;
  /** Whether nobody uses it. */
  readonly isIdle: boolean;
  /** Whether there is memory for a larger context than wanted. */
  readonly canKeepLarger: boolean;
  /** Monotonic ms. */
  readonly nowMs: number;
}

/** What to do about it: load again with our own context, or send the one that was found from now on. */
export type DriftAction = 'none' | 'reload' | 'adopt';

const windowMs = 600_000;
const reloadLimit = 3;

/**
 * Decides about a context that another client changed. A larger one is adopted at once where memory allows, because it can
 * do all that ours can; a smaller one is reloaded when idle, at most three times in ten minutes, then adopted.
 */
export class DriftWatch {
  #reloadsMs: number[] = [];
  #adoptedTokens: number | null = null;

  /** The context that was taken over; `null` = none was. */
  get adoptedTokens(): number | null {
    return this.#adoptedTokens;
  }

  /** What to do about the context that was found. A model at work is left alone. */
  check({ wantedTokens, foundTokens, isIdle, canKeepLarger, nowMs }: DriftView): DriftAction {
    if (foundTokens === null || foundTokens === wantedTokens) {
      this.#adoptedTokens = null;
      return 'none';
    }
    if (this.#adoptedTokens === foundTokens) return 'none';
    this.#reloadsMs = this.#reloadsMs.filter((atMs) => nowMs - atMs < windowMs);
    if ((foundTokens > wantedTokens && canKeepLarger) || this.#reloadsMs.length >= reloadLimit) {
      this.#adoptedTokens = foundTokens;
      return 'adopt';
    }
    if (!isIdle) return 'none';
    this.#reloadsMs.push(nowMs);
    return 'reload';
  }

  /** The model left the memory: its next load has its own context. */
  forget(): void {
    this.#adoptedTokens = null;
  }
}
