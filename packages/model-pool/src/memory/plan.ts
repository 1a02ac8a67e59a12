/** A model in memory. */
export interface HeldModel {
  /** Its name. */
  readonly name: string;
  /** Memory it holds, bytes. */
  readonly bytes: number;
  /** Whether it may be taken out: ours, on demand, and idle. */
  readonly evictable: boolean;
  /** How long it has been idle, ms. */
  readonly idleMs: number;
}

/** Whether a load fits, and who has to leave for it. */
export type LoadPlan =
  | { readonly fits: true; readonly victims: readonly string[] }
  | { readonly fits: false; readonly needBytes: number; readonly budgetBytes: number; readonly heldBytes: number };

/** Plans a load within the budget: evictable models leave, the longest idle first, no more than needed. */
export function planLoad(needBytes: number, budgetBytes: number, held: readonly HeldModel[]): LoadPlan {
  const heldBytes = held.reduce((sum, model) => sum + model.bytes, 0);
  const victims: string[] = [];
  let freeBytes = budgetBytes - heldBytes;
  for (const model of held.filter(({ evictable }) => evictable).sort((a, b) => b.idleMs - a.idleMs)) {
    if (freeBytes >= needBytes) break;
    victims.push(model.name);
    freeBytes += model.bytes;
  }
  return freeBytes >= needBytes ? { fits: true, victims } : { fits: false, needBytes, budgetBytes, heldBytes };
}
