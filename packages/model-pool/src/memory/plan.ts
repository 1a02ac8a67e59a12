/** A model in memory, or on its way there. */
export interface HeldModel {
  /** Its name. */
  readonly name: string;
  /** Memory it holds, bytes. */
  readonly bytes: number;
  /** Whether it may be taken out: ours, on demand, and idle. */
  readonly evictable: boolean;
  /** Whether it may be taken out where models take turns. */
  readonly swappable: boolean;
  /** Why it is there for good: its role keeps it (`role`), it was pinned by hand (`pin`), or another client loaded it (`stranger`); left out where it leaves some time. */
  readonly stays?: 'role' | 'pin' | 'stranger';
  /** How long it has been idle, ms. */
  readonly idleMs: number;
}

/** What a plan depends on. */
export interface LoadSnapshot {
  /** Who is to be loaded. */
  readonly name: string;
  /** What it needs, bytes. */
  readonly needBytes: number;
  /** Memory for all models, bytes. */
  readonly budgetBytes: number;
  /** Everything that holds memory. */
  readonly held: readonly HeldModel[];
}

/** Whether a load fits, and who has to leave for it. */
export interface LoadPlan {
  /** `false` = not even when everybody left who may. */
  readonly fits: boolean;
  /** Who leaves, the longest idle first. */
  readonly victims: readonly string[];
  /** Whether one of them only leaves because models take turns. */
  readonly isSwap: boolean;
  /** What is held before, bytes. */
  readonly heldBytes: number;
}

/**
 * Plans a load within the budget. Models on demand leave, the longest idle first and no more than needed; where that is not
 * enough, those that take turns leave too.
 */
export function planLoad({ needBytes, budgetBytes, held }: LoadSnapshot): LoadPlan {
  const heldBytes = held.reduce((sum, { bytes }) => sum + bytes, 0);
  const missingBytes = needBytes - (budgetBytes - heldBytes);
  const evictable = held.filter((model) => model.evictable);
  const swappable = held.filter((model) => !model.evictable && model.swappable);
  for (const [candidates, isSwap] of [
    [evictable, false],
    [[...evictable, ...swappable], swappable.length > 0],
  ] as const) {
    const victims = chooseVictims(candidates, missingBytes);
    if (victims !== null) return { fits: true, victims, isSwap, heldBytes };
  }
  return { fits: false, victims: [], isSwap: false, heldBytes };
}

function chooseVictims(candidates: readonly HeldModel[], missingBytes: number): string[] | null {
  let leftBytes = missingBytes;
  const taken: HeldModel[] = [];
  for (const model of [...candidates].sort((a, b) => b.idleMs - a.idleMs)) {
    if (leftBytes <= 0) break;
    taken.push(model);
    leftBytes -= model.bytes;
  }
  if (leftBytes > 0) return null;
  // A large one at the end may make small ones before it unnecessary.
  return taken
    .filter(({ bytes }) => {
      if (leftBytes + bytes > 0) return true;
      leftBytes += bytes;
      return false;
    })
    .map(({ name }) => name);
}
