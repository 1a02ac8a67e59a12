/** What its server says about the files of a model. */
export class ModelFiles {
  #isInstalled: boolean | null = null;
  #installedDigest: string | null = null;
  #loadedDigest: string | null = null;
  #triedDigest: string | null = null;

  /** Whether the server has it; `null` = not known. */
  get isInstalled(): boolean | null {
    return this.#isInstalled;
  }

  /** Hex digest of the files that answer, else of those that would. */
  get digest(): string | null {
    return this.#loadedDigest ?? this.#installedDigest;
  }

  /** Hex digest in memory where other files are installed by now; `null` = they are the same, or not known. */
  get staleDigest(): string | null {
    const isStale =
      this.#loadedDigest !== null && this.#installedDigest !== null && this.#loadedDigest !== this.#installedDigest;
    return isStale ? this.#loadedDigest : null;
  }

  /** Takes over what is installed. Returns what is new: it is missing, or the files changed from `oldDigest`. */
  install(isInstalled: boolean, digest: string | null): { isMissing: boolean; oldDigest: string | null } {
    const isMissing = this.#isInstalled !== false && !isInstalled;
    const before = this.#installedDigest;
    this.#isInstalled = isInstalled;
    this.#installedDigest = digest ?? before;
    return { isMissing, oldDigest: digest !== null && before !== null && before !== digest ? before : null };
  }

  /** Takes over what is in memory; `null` = nothing is. */
  load(digest: string | null): void {
    this.#loadedDigest = digest;
  }

  /** Whether it is to be loaded anew for newer files. Once for each: a server that names them otherwise is left alone. */
  takeReload(): boolean {
    if (this.staleDigest === null || this.#triedDigest === this.#installedDigest) return false;
    this.#triedDigest = this.#installedDigest;
    return true;
  }
}
