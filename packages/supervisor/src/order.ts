interface Ordered {
  readonly name: string;
  readonly instance: number;
  readonly order: number;
}

/** Ascending `order`; equal ones by name and instance, so that the order is always the same. */
export function startOrder<Item extends Ordered>(items: readonly Item[]): Item[] {
  return [...items].sort(
    (a, b) => a.order - b.order || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.instance - b.instance),
  );
}

/** Groups of equal `order`, descending: a group stops together, the next once it is gone. */
export function stopGroups<Item extends Ordered>(items: readonly Item[]): Item[][] {
  const groups: Item[][] = [];
  for (const item of startOrder(items).reverse()) {
    const last = groups.at(-1);
    if (last?.[0]?.order === item.order) last.push(item);
    else groups.push([item]);
  }
  return groups;
}
