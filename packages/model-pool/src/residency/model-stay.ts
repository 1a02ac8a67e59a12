import type { ConfiguredModel } from '../roles/configuration.js';
import { changeProfile, type Profile } from '../roles/profile.js';

/** Whether one model stays in memory, and what its requests carry because of that. */
export class ModelStay {
  readonly #configured: ConfiguredModel;
  #isPinnedByHand = false;
  #isChosen = true;
  #changed: { lingerMs: number | null; adoptedTokens: number | null; profile: Profile } | null = null;

  constructor(configured: ConfiguredModel) {
    this.#configured = configured;
  }

  /** Whether it stays: by hand, or as the candidate that its role keeps in memory. */
  get isPinned(): boolean {
    return this.reason !== null;
  }

  /** Keeps it in memory from now on. */
  pin(): void {
    this.#isPinnedByHand = true;
  }

  /** Takes {@link pin} back. */
  unpin(): void {
    this.#isPinnedByHand = false;
  }

  /** Why it stays; `null` = it does not. */
  get reason(): 'role' | 'pin' | null {
    if (this.#configured.resident === 'always' && this.#isChosen) return 'role';
    return this.#isPinnedByHand ? 'pin' : null;
  }

  /** Whether it is the candidate that its role keeps in memory. */
  choose(isChosen: boolean): void {
    this.#isChosen = isChosen;
  }

  /** The profile of the configuration with its present stay, and with a context adopted from another client. */
  profile(adoptedTokens: number | null): Profile {
    const lingerMs = this.isPinned ? null : this.#configured.lingerMs;
    let known = this.#changed;
    if (known === null || known.lingerMs !== lingerMs || known.adoptedTokens !== adoptedTokens) {
      const profile = changeProfile(this.#configured.profile, lingerMs, adoptedTokens);
      known = this.#changed = { lingerMs, adoptedTokens, profile };
    }
    return known.profile;
  }
}
