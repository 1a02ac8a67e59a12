/** Waiting calls of one model: the most urgent first, of equals the oldest. */
export interface CallQueue<Item> {
  readonly length: number;
  /** Returns false when the queue is full. */
  push(item: Item, priority: number): boolean;
  /** The one whose turn it is; it stays. */
  first(): Item | undefined;
  take(): Item | undefined;
  /** Takes one out that gave up, or begins. */
  remove(item: Item): void;
}

/** @param most how many may wait */
export function createCallQueue<Item>(most: number): CallQueue<Item> {
  const entries: { item: Item; priority: number }[] = [];
  return {
    get length() {
      return entries.length;
    },
    push(item, priority) {
      if (entries.length >= most) return false;
      const before = entries.findIndex((entry) => entry.priority < priority);
      entries.splice(before === -1 ? entries.length : before, 0, { item, priority });
      return true;
    },
    first: () => entries[0]?.item,
    take: () => entries.shift()?.item,
    remove(item) {
      const index = entries.findIndex((entry) => entry.item === item);
      if (index !== -1) entries.splice(index, 1);
    },
  };
}
