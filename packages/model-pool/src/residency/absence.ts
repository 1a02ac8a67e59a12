/** Adds up the time that a model should have been in memory and was not, ms. */
export class Absence {
  #sinceMs: number | null = null;
  #totalMs = 0;

  /** It is gone. */
  begin(nowMs: number): void {
    this.#sinceMs ??= nowMs;
  }

  /** It is back. Returns how long it was away; `null` = it was not. */
  end(nowMs: number): number | null {
    if (this.#sinceMs === null) return null;
    const awayMs = nowMs - this.#sinceMs;
    this.#sinceMs = null;
    this.#totalMs += awayMs;
    return awayMs;
  }

  /** All of it, the present absence included. */
  totalMs(nowMs: number): number {
    return this.#totalMs + (this.#sinceMs === null ? 0 : nowMs - this.#sinceMs);
  }
}
