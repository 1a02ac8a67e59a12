import type { LoadedModel } from '../backends/backend.js';
import type { ModelState } from '../status.js';
import type { Clock } from '../types.js';
import { nextState, type StateInput, type StateStep } from './model-state.js';

/** Where one model is, since when, and when that was last known for sure. */
export class ModelPresence {
  readonly #clock: Clock;
  #state: ModelState;
  #sinceMs: number;
  #provenMs = Number.NEGATIVE_INFINITY;
  #loaded: LoadedModel | null = null;
  /** Name of the model that came when this one had to leave; `null` = none did, or this one is back. */
  heldBackBy: string | null = null;

  constructor(clock: Clock, state: ModelState) {
    this.#clock = clock;
    this.#state = state;
    this.#sinceMs = clock.monotonicMs();
  }

  /** Its state. */
  get state(): ModelState {
    return this.#state;
  }
  /** How long it has been in this state, ms. */
  get inStateMs(): number {
    return this.#clock.monotonicMs() - this.#sinceMs;
  }
  /** Since it was known to be in memory for the last time, ms. */
  get unseenMs(): number {
    return this.#clock.monotonicMs() - this.#provenMs;
  }
  /** What its server says that it holds; `null` = it is not there, or its server was not asked since it came. */
  get loaded(): LoadedModel | null {
    return this.#loaded;
  }

  /** Takes the step that an input causes; `null` = none. */
  step(input: StateInput): StateStep | null {
    const step = nextState(this.#state, input);
    if (step === null) return null;
    this.#state = step.state;
    this.#sinceMs = this.#clock.monotonicMs();
    this.#loaded = null;
    return step;
  }

  /** Whether what was asked for at an instant is older than the last change. */
  isOutdated(askedMs: number): boolean {
    return this.#sinceMs > askedMs;
  }

  /** Its server listed it. Returns whether that is the first time since it came. */
  show(loaded: LoadedModel, askedMs: number): boolean {
    const isFirst = this.#loaded === null;
    this.#loaded = loaded;
    this.#provenMs = askedMs;
    return isFirst;
  }

  /** It is in memory at this instant. */
  prove(): void {
    this.#provenMs = this.#clock.monotonicMs();
  }

  /** Whether it is in memory is open. */
  doubt(): void {
    this.#provenMs = Number.NEGATIVE_INFINITY;
  }
}
