import { characterBorder } from '../recall/sentences.js';
import type { Cut, Cuts, Measure, Unit, WindowMessage } from './window-data.js';

/** Text of a message as its cut shows it. */
export function cutTextOf(message: WindowMessage, cut: Cut | undefined): string {
  if (!cut || cut.keep === 'nothing') return message.text;
  if (cut.keep === 'marker') return resultMarker(message);
  const head = message.text.slice(0, cut.head);
  const tail = cut.tail === 0 ? '' : message.text.slice(-cut.tail);
  return `${head}${endsMarker(message, cut.leftTokens)}${tail}`;
}

/** Stands for the whole result of a tool. */
function resultMarker({ toolName, tokens, id }: WindowMessage): string {
  return `[result of ${toolName ?? 'a tool'}, ${formatCount(tokens)} tokens, message ${id}]`;
}

/** Stands for the middle of a text. */
function endsMarker({ id }: WindowMessage, leftTokens: number): string {
  return `\n[… ${formatCount(leftTokens)} tokens, message ${id}]\n`;
}

/** Stands for the messages of a unit that are not shown at all; empty if all are. */
export function goneMarker({ messages }: Unit, cuts: Cuts): string {
  const gone = messages.filter(({ seq }) => cuts.get(seq)?.keep === 'nothing');
  if (gone.length === 0) return '';
  const tokens = gone.reduce((sum, message) => sum + message.tokens, 0);
  const ids = [...new Set([...gone].sort((a, b) => a.seq - b.seq).map(({ id }) => id))];
  const place = ids.length === 1 ? `message ${ids[0]}` : `messages ${ids[0]} to ${ids.at(-1)}`;
  return `[… ${formatCount(tokens)} tokens of this turn, ${place}]`;
}

/** Tokens of a message as its cut shows it; what is not text (calls, attachments) counts as before. */
export function cutTokens(message: WindowMessage, cut: Cut | undefined, measure: Measure): number {
  if (!cut) return message.tokens;
  if (cut.keep === 'nothing') return 0;
  return measure.count(cutTextOf(message, cut)) + callTokens(message, measure) + message.extraTokens;
}

/** Tokens of the calls of a message. */
function callTokens({ toolCalls }: WindowMessage, measure: Measure): number {
  return toolCalls.length === 0 ? 0 : measure.count(JSON.stringify(toolCalls));
}

/** A cut that keeps both ends within `tokens` together, at spaces where they are near; `null` if the text is not longer. */
export function cutEnds(message: WindowMessage, headTokens: number, tailTokens: number, measure: Measure): Cut | null {
  const ends = measure.ends(message.text, headTokens, tailTokens);
  if (ends.head + ends.tail >= message.text.length) return null;
  const head = backToSpace(message.text, ends.head);
  const tail = forwardToSpace(message.text, ends.tail);
  return { keep: 'ends', head, tail, leftTokens: Math.max(1, message.tokens - ends.tokens) };
}

function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** At most this many characters are given up for a whole word. */
const wordCharacters = 24;

function backToSpace(text: string, head: number): number {
  for (let at = head; at > Math.max(0, head - wordCharacters); at--) {
    if (/\s/u.test(text[at - 1]!)) return at;
  }
  return characterBorder(text, head);
}

function forwardToSpace(text: string, tail: number): number {
  const from = text.length - tail;
  for (let at = from; at < Math.min(text.length, from + wordCharacters); at++) {
    if (/\s/u.test(text[at]!)) return text.length - at;
  }
  return text.length - characterBorder(text, from);
}
