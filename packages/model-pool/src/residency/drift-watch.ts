/** What to do about a model that runs with a smaller context than its profile. */
export type DriftAction = 'none' | 'reload' | 'adopt';

const windowMs = 600_000;
const reloadLimit = 3;

/** Decides between reloading a model that another client changed, three times in ten minutes, and taking it as it is. */
export class DriftWatch {
  #reloadsMs: number[] = [];
  #adoptedTokens: number | null = null;

  /** The context that was taken over; `null` = none was. */
  get adoptedTokens(): number | null {
    return this.#adoptedTokens;
  }

  /** What to do about the context that was found. A model at work is left alone. */
  check(wantedTokens: number, foundTokens: number | null, isIdle: boolean, nowMs: number): DriftAction {
    if (foundTokens === null || foundTokens >= wantedTokens) {
      this.#adoptedTokens = null;
      return 'none';
    }
    if (this.#adoptedTokens === foundTokens) return 'none';
    this.#reloadsMs = this.#reloadsMs.filter((atMs) => nowMs - atMs < windowMs);
    if (this.#reloadsMs.length >= reloadLimit) {
      this.#adoptedTokens = foundTokens;
      return 'adopt';
    }
    if (!isIdle) return 'none';
    this.#reloadsMs.push(nowMs);
    return 'reload';
  }
}
