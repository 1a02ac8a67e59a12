import type { Backend } from '../backends/backend.js';
import { plainName } from '../backends/model-name.js';
import type { ModelRuntime } from '../residency/runtime.js';
import type { InstalledModel } from '../status.js';
import type { Clock, Logger } from '../types.js';

/** What a list is made of. */
export interface InstalledListOptions {
  /** The server. */
  readonly backend: Backend;
  /** Its models. */
  readonly runtimes: readonly ModelRuntime[];
  /** Time. */
  readonly clock: Clock;
  /** Log lines. */
  readonly logger: Logger;
}

/** How long the list is taken as it is, ms. */
const freshMs = 60_000;

/** The models that a server has, asked anew each minute. */
export class InstalledList {
  readonly #options: InstalledListOptions;
  #installed = new Map<string, InstalledModel>();
  #listedMs = Number.NEGATIVE_INFINITY;

  constructor(options: InstalledListOptions) {
    this.#options = options;
  }

  /** All of them. */
  get all(): InstalledModel[] {
    return [...this.#installed.values()];
  }

  /** One of them. */
  find(model: string): InstalledModel | undefined {
    return this.#installed.get(plainName(model));
  }

  /** Asks again next time. */
  forget(): void {
    this.#listedMs = Number.NEGATIVE_INFINITY;
  }

  /** Asks if the list is old, and tells the configured models. Shapes of files are asked once. */
  async refresh(signal: AbortSignal): Promise<void> {
    const { backend, runtimes, clock, logger } = this.#options;
    if (clock.monotonicMs() - this.#listedMs <= freshMs) return;
    const installed = new Map<string, InstalledModel>();
    for (const model of await backend.list(signal)) {
      const known = this.find(model.model);
      installed.set(plainName(model.model), known !== undefined && known.digest === model.digest ? known : model);
    }
    this.#installed = installed;
    this.#listedMs = clock.monotonicMs();
    for (const runtime of runtimes) {
      const name = plainName(runtime.configured.profile.model);
      const model = installed.get(name);
      runtime.setInstalled(model !== undefined, model?.digest ?? null);
      if (model === undefined || model.kvBytesPerToken !== null) continue;
      try {
        installed.set(name, await backend.describe(model, signal));
      } catch (error) {
        logger.debug({ model: name, error }, 'the server does not describe the model');
      }
    }
  }
}
