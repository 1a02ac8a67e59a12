import { dayOf } from './day-of.js';

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
  /** Whether many short excerpts serve better than few long ones. */
  readonly isBroad: boolean;
  /** Makes the excerpt of an item within a number of tokens; called only for items that are packed. */
  excerpt(item: Item, maxTokens: number): { readonly text: string; readonly tokens: number };
}

/** An item that was packed. */
export interface Packed<Item> {
  readonly item: Item;
  readonly excerpt: string;
  /** With its label, and with the line of its day if it is the first of a day. */
  readonly tokens: number;
}

/** What the label of an excerpt takes: who said it, and an id of 26 letters and digits. */
export const labelTokens = 22;
/** What the line takes that says the day of the excerpts below it. */
export const dayTokens = 9;
/** The best hits get more room: they are what the question is about. */
const bestHits = 4;
const bestTokens = 120;
const otherTokens = 80;
/** Each hit of a question that asks for much: a sentence or two. */
const broadTokens = 40;
/** An excerpt below this says nothing. */
const leastTokens = 16;
const mostOfUnit = 3;

/** Takes hits, the best first, into a number of tokens: at most three of a unit. Returns them in order of time, which is by day. */
export function pack<Item extends Packable>(ranked: readonly Item[], options: PackOptions<Item>): Packed<Item>[] {
  const packed: Packed<Item>[] = [];
  const ofUnit = new Map<string, number>();
  const days = new Set<string>();
  let left = options.maxTokens;
  for (const item of ranked) {
    if (packed.length >= options.limit || left < labelTokens + leastTokens) break;
    const before = item.unit === null ? 0 : (ofUnit.get(item.unit) ?? 0);
    if (before >= mostOfUnit) continue;
    const day = dayOf(item.atMs);
    const label = labelTokens + (days.has(day) ? 0 : dayTokens);
    const size = options.isBroad ? broadTokens : packed.length < bestHits ? bestTokens : otherTokens;
    const room = Math.min(size, left - label);
    if (room < leastTokens) continue;
    const { text, tokens } = options.excerpt(item, room);
    if (text === '' || tokens > room) continue;
    if (item.unit !== null) ofUnit.set(item.unit, before + 1);
    days.add(day);
    packed.push({ item, excerpt: text, tokens: tokens + label });
    left -= tokens + label;
  }
  return packed.toSorted((first, second) => first.item.atMs - second.item.atMs || first.item.num - second.item.num);
}
