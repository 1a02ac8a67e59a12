import { estimateTokens } from './estimate-tokens.js';
import type { Mark } from './find-terms.js';
import { characterBorder, isInsideFence, type Sentence, sentencesOf } from './sentences.js';

const regionCharacters = 12_000;
const charactersPerToken = 4;
const cut = '…';
const fence = '```';

/**
 * The part of a text around the most of the words that are asked for: whole sentences, whole lines of code, at most `maxTokens`. A sentence
 * that is longer is cut between characters as people see them. What is left out is marked by `…`; a code fence that the part begins or ends
 * in is opened or closed. Without marks it is the beginning.
 */
export function excerptOf(text: string, marks: readonly Mark[], worth: readonly number[], maxTokens: number): string {
  const trimmed = text.trim();
  if (trimmed.length <= maxTokens * 12 && estimateTokens(trimmed) <= maxTokens) return trimmed;
  const center = text.length > regionCharacters ? bestPlace(marks, worth, maxTokens * charactersPerToken) : 0;
  const from = text.length > regionCharacters ? characterBorder(text, center - regionCharacters / 2) : 0;
  const region = text.slice(from, from + regionCharacters);
  const sentences = sentencesOf(region, from > 0 && isInsideFence(text, from)).map((sentence) => ({
    ...sentence,
    start: sentence.start + from,
    end: sentence.end + from,
  }));
  for (let room = maxTokens - 2; ; room = Math.floor(room * 0.85)) {
    const { start, end } = chooseRange(text, sentences, marks, worth, Math.max(1, room));
    const found = marked(text, sentences, start, end);
    if (estimateTokens(found) <= maxTokens || room <= 1) return found;
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function chooseRange(
  text: string,
  sentences: readonly Sentence[],
  marks: readonly Mark[],
  worth: readonly number[],
  maxTokens: number,
): Range {
  const tokens = sentences.map(({ start, end }) => estimateTokens(text.slice(start, end)));
  const held = sentences.map(({ start, end }) => marks.filter((mark) => mark.start >= start && mark.start < end));
  let best = { first: 0, last: -1, value: -1 };
  for (let first = 0; first < sentences.length; first++) {
    if (held[first]!.length === 0 && first > 0) continue;
    let sum = 0;
    const terms = new Set<number>();
    let repeats = 0;
    for (let last = first; last < sentences.length; last++) {
      sum += tokens[last]!;
      if (sum > maxTokens) break;
      for (const mark of held[last]!) {
        if (terms.has(mark.term)) repeats++;
        terms.add(mark.term);
      }
      const value = [...terms].reduce((total, term) => total + (worth[term] ?? 0), 0) + repeats * 0.05 - sum * 1e-4;
      if (value > best.value) best = { first, last, value };
    }
  }
  const place = bestPlace(marks, worth, maxTokens * charactersPerToken);
  const longest = sentences.find(({ start, end }) => place >= start && place < end);
  const isTooLong = longest !== undefined && estimateTokens(text.slice(longest.start, longest.end)) > maxTokens;
  if (best.last < 0 || (isTooLong && best.value < 1))
    return cutRange(text, longest ?? { start: 0, end: text.length }, place, maxTokens);
  let { first, last } = best;
  let sum = tokens.slice(first, last + 1).reduce((total, count) => total + count, 0);
  for (let isGrowing = true; isGrowing; ) {
    isGrowing = false;
    if (last + 1 < sentences.length && sum + tokens[last + 1]! <= maxTokens) {
      sum += tokens[++last]!;
      isGrowing = true;
    }
    if (first > 0 && sum + tokens[first - 1]! <= maxTokens) {
      sum += tokens[--first]!;
      isGrowing = true;
    }
  }
  return { start: sentences[first]!.start, end: sentences[last]!.end };
}

/** Part of one long sentence around a place. */
function cutRange(text: string, sentence: Range, place: number, maxTokens: number): Range {
  const size = maxTokens * charactersPerToken;
  let start = characterBorder(text, Math.max(sentence.start, place - Math.floor(size / 4)));
  const space = text.slice(start, start + 24).search(/\s/);
  if (start > sentence.start && space >= 0 && start + space < place) start += space + 1;
  let end = Math.min(sentence.end, start + size);
  while (end - start > 8 && estimateTokens(text.slice(start, end)) > maxTokens)
    end = start + Math.floor((end - start) * 0.85);
  return { start, end: characterBorder(text, end) };
}

/** First mark of the stretch that holds the most. */
function bestPlace(marks: readonly Mark[], worth: readonly number[], characters: number): number {
  let best = { at: 0, value: 0 };
  let last = 0;
  const counts = new Map<number, number>();
  let value = 0;
  for (const first of marks) {
    while (last < marks.length && marks[last]!.end - first.start <= characters) {
      const { term } = marks[last++]!;
      const count = counts.get(term) ?? 0;
      counts.set(term, count + 1);
      if (count === 0) value += worth[term] ?? 0;
    }
    if (value > best.value) best = { at: first.start, value };
    const count = counts.get(first.term) ?? 0;
    counts.set(first.term, count - 1);
    if (count === 1) value -= worth[first.term] ?? 0;
  }
  return best.at;
}

function marked(text: string, sentences: readonly Sentence[], start: number, end: number): string {
  const at = (place: number) => sentences.find((sentence) => place >= sentence.start && place < sentence.end);
  const first = at(start);
  const last = at(end - 1);
  let body = text.slice(start, end).replace(/^\s*\n|\s+$/g, '');
  const startsInCode = first?.isCode === true && !body.trimStart().startsWith(fence);
  const hasOpenFence = ((body.match(/^[^\S\n]*(?:```|~~~)/gm) ?? []).length + Number(startsInCode)) % 2 === 1;
  if (startsInCode) body = `${fence}\n${body}`;
  if (last?.isCode === true && hasOpenFence) body = `${body}\n${fence}`;
  const head = text.slice(0, start).trim() === '' ? '' : startsInCode ? `${cut}\n` : cut;
  const tail = text.slice(end).trim() === '' ? '' : hasOpenFence ? `\n${cut}` : cut;
  return `${head}${body}${tail}`;
}
