import { unitTokens } from './layout.js';
import { renderPins, renderSummaries } from './render.js';
import type { Cuts, Measure, Pin, Unit, WindowSummary } from './window-data.js';

/** Most tokens of the pins, and of the summaries. */
const headPartTokens = 600;
/** An extract and its heading. */
const oneSummaryTokens = 256;

/** Most tokens of the pins of a window with this budget. */
export function pinBudget(budget: number): number {
  return Math.min(Math.floor(budget / 8), headPartTokens);
}

/** Most tokens of the summaries of a window with this budget: they are evaluated again with each epoch, so a small window has few of them. */
export function summaryBudget(budget: number): number {
  return Math.min(Math.floor(budget / 8), Math.max(Math.floor(budget / 16), oneSummaryTokens), headPartTokens);
}

/** Pins of an epoch. */
export interface ChosenPins {
  /** Oldest first. */
  readonly pins: readonly Pin[];
  /** How many found no room. */
  readonly omitted: number;
}

/** Takes instructions before other pins and newer ones before older ones, as many as fit. */
export function choosePins(pins: readonly Pin[], limitTokens: number, measure: Measure): ChosenPins {
  const byAge = [...pins].sort((a, b) => a.createdAtMs - b.createdAtMs || compareText(a.id, b.id));
  const ranked = [...byAge].reverse().sort((a, b) => Number(isInstruction(b)) - Number(isInstruction(a)));
  const chosen = new Set<Pin>();
  let tokens = pins.length === 0 ? 0 : measure.count(renderPins([], pins.length));
  for (const pin of ranked) {
    const lineTokens = pin.tokens + 3;
    if (tokens + lineTokens > limitTokens) continue;
    tokens += lineTokens;
    chosen.add(pin);
  }
  return { pins: byAge.filter((pin) => chosen.has(pin)), omitted: byAge.length - chosen.size };
}

/** Whether a pin stays whatever happens. */
export function isInstruction({ kind }: Pin): boolean {
  return kind === 'instruction';
}

/**
 * Takes summaries of what left: those of the highest level first, of one level the newest first, none of what is covered already. They
 * are shown in order of what they cover.
 */
export function chooseSummaries(
  summaries: readonly WindowSummary[],
  firstSeq: number,
  limitTokens: number,
  measure: Measure,
): readonly WindowSummary[] {
  const ranked = summaries
    .filter(({ toSeq }) => toSeq < firstSeq)
    .sort((a, b) => b.level - a.level || b.toSeq - a.toSeq || a.fromSeq - b.fromSeq || compareText(b.id, a.id));
  const chosen: WindowSummary[] = [];
  let tokens = measure.count(renderSummaries([{ id: '', level: 0, fromSeq: 1, toSeq: 1, text: '', tokens: 0 }]));
  for (const summary of ranked) {
    const isCovered = chosen.some(({ fromSeq, toSeq }) => fromSeq <= summary.toSeq && toSeq >= summary.fromSeq);
    const cost = summary.tokens + summaryTagTokens;
    if (isCovered || tokens + cost > limitTokens) continue;
    tokens += cost;
    chosen.push(summary);
  }
  return chosen.sort((a, b) => a.fromSeq - b.fromSeq);
}

const summaryTagTokens = 16;

/** Where the window begins after an eviction. */
export interface Eviction {
  /** Units that stay. */
  readonly earlier: readonly Unit[];
  /** Units that leave. */
  readonly left: readonly Unit[];
}

/** Lets the oldest units go until `needTokens` is down to `goalTokens` or one earlier unit is left. */
export function evictUnits(
  earlier: readonly Unit[],
  cuts: Cuts,
  needTokens: number,
  goalTokens: number,
  measure: Measure,
): Eviction {
  let need = needTokens;
  let gone = 0;
  while (need > goalTokens && earlier.length - gone > 1) need -= unitTokens(earlier[gone++]!, cuts, measure);
  return { earlier: earlier.slice(gone), left: earlier.slice(0, gone) };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
