import { deciders } from '../decisions/deciders.js';
import type { NewDecision } from '../decisions/decision-log.js';
import type { MemoryStatus } from '../status.js';
import type { Logger } from '../types.js';

/** Says once when models of other clients hold more than the budget leaves. They are not ours to take out. */
export class StrangerWatch {
  readonly #decide: (decision: NewDecision) => void;
  readonly #logger: Logger;
  #told = '';

  constructor(decide: (decision: NewDecision) => void, logger: Logger) {
    this.#decide = decide;
    this.#logger = logger;
  }

  /** Looks at the memory as it is. */
  look({ isExceeded, strangers, budgetBytes, heldBytes }: MemoryStatus): void {
    const names = isExceeded ? strangers.map(({ backend, model }) => `${backend}/${model}`) : [];
    const told = names.join(', ');
    if (told === this.#told) return;
    this.#told = told;
    if (names.length === 0) return;
    this.#logger.warn({ strangers, budgetBytes, heldBytes }, 'models of other clients hold more memory than is left');
    const inputs = { budgetBytes, heldBytes, strangers };
    this.#decide({ kind: 'strangers', requestId: null, callId: null, inputs, ...deciders.strangers(inputs) });
  }
}
