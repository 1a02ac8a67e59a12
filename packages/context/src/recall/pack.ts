/** A hit with what it takes in a prompt. */
export interface Packable {
  readonly id: string;
  /** User message that it belongs to with all that follows it; `null` for memories and summaries. */
  readonly unit: string | null;
  readonly atMs: number;
  /** Breaks ties of time: number in the index. */
  readonly num: number;
}

/** Options of {@link pack}. */
export interface PackOptions<Item> {
  readonly maxTokens: number;
  readonly limit: number;
  /** Makes the excerpt of an item within a number of tokens; called only for items that are packed. */
  excerpt(item: Item, maxTokens: number): { readonly text: string; readonly tokens: number };
}

/** An item that was packed. */
export interface Packed<Item> {
  readonly item: Item;
  readonly excerpt: string;
  /** With the line that labels it. */
  readonly tokens: number;
}

/** What the label of an excerpt takes: who said it, when, and an id of 26 letters and digits. */
export const labelTokens = 28;
/** The best hits get more room: they are what the question is about. */
const bestHits = 4;
const bestTokens = 120;
const otherTokens = 80;
/** An excerpt below this says nothing. */
const leastTokens = 16;
const mostOfUnit = 3;

/** Takes hits, the best first, into a number of tokens: at most three of a unit. Returns them in order of time. */
export function pack<Item extends Packable>(ranked: readonly Item[], options: PackOptions<Item>): Packed<Item>[] {
  const packed: Packed<Item>[] = [];
  const ofUnit = new Map<string, number>();
  let left = options.maxTokens;
  for (const item of ranked) {
    if (packed.length >= options.limit || left < labelTokens + leastTokens) break;
    const before = item.unit === null ? 0 : (ofUnit.get(item.unit) ?? 0);
    if (before >= mostOfUnit) continue;
    const room = Math.min(packed.length < bestHits ? bestTokens : otherTokens, left - labelTokens);
    const { text, tokens } = options.excerpt(item, room);
    if (text === '' || tokens > room) continue;
    if (item.unit !== null) ofUnit.set(item.unit, before + 1);
    packed.push({ item, excerpt: text, tokens: tokens + labelTokens });
    left -= tokens + labelTokens;
  }
  return packed.toSorted((first, second) => first.item.atMs - second.item.atMs || first.item.num - second.item.num);
}
