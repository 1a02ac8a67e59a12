import { dayOf } from '../recall/day-of.js';
import type { Hit } from '../recall/types.js';
import type { Pin, RecallLine } from './window-data.js';

/** A pin that the epoch holds and that holds no longer. */
export interface EndedPin {
  readonly id: string;
  readonly text: string;
}

/** Lines about what changed since the epoch began, for the turn where it becomes known. */
export function newsLines(news: {
  /** The new system prompt, `null` if it is the same. */
  readonly system: string | null;
  readonly pins: readonly Pin[];
  readonly ended: readonly EndedPin[];
}): string[] {
  const lines: string[] = [];
  if (news.system !== null) lines.push(`The instructions at the beginning are replaced by these: ${news.system}`);
  for (const { text } of news.ended) lines.push(`No longer holds: ${oneLine(text)}`);
  for (const { text } of news.pins) lines.push(`The user asked to keep in mind: ${text}`);
  return lines;
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The line that says which day it is, in the time zone of this process. */
export function dateLine(atMs: number): string {
  const date = new Date(atMs);
  return `Today is ${days[date.getDay()]}, ${dayOf(atMs)}.`;
}

/** A hit as a line that says where it comes from. */
export function recallLine(hit: Hit): RecallLine {
  return {
    id: hit.id,
    relevance: hit.relevance,
    day: dayOf(hit.atMs),
    text: `[${hit.role ?? hit.kind} ${hit.id}] ${hit.excerpt.trim()}`,
  };
}

/** A text without breaks. */
export function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
