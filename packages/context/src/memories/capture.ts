import { sentencesOf } from '../recall/sentences.js';

/** Words of a user that are to hold from now on. */
export interface CapturedPin {
  readonly kind: 'instruction' | 'preference' | 'fact';
  /** The sentence, at most 400 characters. */
  readonly text: string;
}

const readCharacters = 600;
const longestPin = 400;
const mostPins = 4;

/** How a language says that something is to hold. */
interface Language {
  /** What may stand before the words that matter, taken off sentence by sentence. */
  readonly lead: RegExp;
  /** Rules in their order; the first that matches a sentence decides. */
  readonly rules: readonly { readonly kind: CapturedPin['kind']; readonly is: RegExp; readonly unless?: RegExp }[];
}

const english: Language = {
  lead: /^(?:(?:please|pls|also|and|but|so|ok|okay|oh|well|hey|hi|hello|note|important|one more thing|by the way|btw|again|yes|no)\b[\s,:;!—-]*|[-*•–]\s+|\d+[.)]\s+)*/i,
  rules: [
    {
      kind: 'instruction',
      is: /^(?:always|never)\b(?!['’-])/i,
      unless:
        /^never (?:mind|ever mind|heard|been|had|knew|known|said|seen|thought|tried|used to|was|were|did|again\b|fear|a |an |the |in |before|once|happened|worked|would|could|should|got|understood|realized|realised|learned|learnt|played|met|worry|underestimate|gets?\b|fails\b)|^always (?:wondered|thought|been|had|was|were|wanted|loved|liked|hated|a |an |the |good|nice|happy|great|glad|fun|has|have been|felt|knew|believed|dreamed|dreamt|said|did|works?\b|seems?\b|gets?\b|fails\b|happens\b|returns\b|there\b|here\b|remember(?:ed|s)\b)|\?\s*$/i,
    },
    {
      kind: 'instruction',
      is: /\bfrom now on\b/i,
      unless:
        /\?\s*$|\b(?:he|she|they|who|it|wondering|scared|afraid|hope|will i|do i|should i)\b.{0,60}\bfrom now on\b|\bfrom now on (?:he|she|they|it|we(?: will|['’]ll) see|the)\b/i,
    },
    {
      kind: 'preference',
      is: /\bi (?:really |generally |usually |strongly |always |much |also |definitely |personally |typically )?prefer\b(?!red|ence|able)|\bi['’]d (?:really |much |generally |rather )?prefer\b/i,
      unless:
        /\b(?:do|would|should|did|could|can|might|may|if|whether|when|that|what|which|where|sure|think|say|said|told|says|know if) i (?:\w+ )?prefer\b|\bprefer not to (?:say|answer|talk|comment|discuss)|\bi(?:['’]d)? (?:\w+ )?prefer (?:if (?:he|she|they)|to die|death)/i,
    },
    {
      kind: 'instruction',
      is: /^(?:(?:can|could|would|will) you (?:please )?|just |you (?:must|should|need to) |try to )?remember to\b/i,
      unless: /\?\s*$(?<!(?:can|could|would|will) you[\s\S]*)/i,
    },
    {
      kind: 'fact',
      is: /^(?:(?:can|could|would|will) you (?:please )?|just |you (?:must|should|need to) |try to )?remember (?:that|this|my)\b/i,
      unless:
        /^remember (?:that|this|my) (?:time|one|guy|day|movie|song|show|scene|episode|night|trip|game|post|thread|question|bug|issue|error|meeting|talk|chat|conversation)\b|^remember that\?|\bremember (?:that|this)[.!]?\s*$|^remember [\s\S]*\?\s*$/i,
    },
  ],
};

/**
 * Standing instructions, preferences and things to remember in what a user writes, by rule and without a model: sentences that begin with
 * always or never, "from now on", "I prefer", "remember that / this / my / to". Only the first 600 characters are read; code, quotations and
 * lines that quote somebody are not the user's own words. English only.
 */
export function capturePins(text: string): CapturedPin[] {
  const own = ownWords(text.slice(0, readCharacters * 2));
  const found: CapturedPin[] = [];
  for (const { start, end, isCode } of sentencesOf(own)) {
    if (isCode || start >= readCharacters || found.length >= mostPins) continue;
    const sentence = own.slice(start, end).trim();
    const kind = kindOf(sentence);
    if (kind === null) continue;
    const said = text.slice(start, end).trim().replaceAll(/\s+/g, ' ');
    if (!found.some((pin) => pin.text === said)) found.push({ kind, text: shortened(said) });
  }
  return found;
}

function kindOf(sentence: string): CapturedPin['kind'] | null {
  const rest = sentence.replace(english.lead, '');
  if (rest.split(/\s+/).length < 3) return null;
  const rule = english.rules.find(({ is, unless }) => is.test(rest) && !unless?.test(rest));
  return rule?.kind ?? null;
}

/** The same text with blanks where somebody else speaks: places stay. */
function ownWords(text: string): string {
  const blank = (part: string) => part.replaceAll(/[^\n]/g, ' ');
  return text
    .replaceAll(/(?:```|~~~)[\s\S]*?(?:```|~~~|$)/g, blank)
    .replaceAll(/^[^\S\n]*>.*$/gm, blank)
    .replaceAll(/`[^`\n]+`/g, (part) => 'x'.repeat(part.length))
    .replaceAll(
      /"[^"\n]{3,}"|“[^”\n]{3,}”|„[^“”\n]{3,}[“”]|«[^»\n]{3,}»|(?<![\p{L}\p{N}])'[^'\n]{12,}'(?![\p{L}\p{N}])/gu,
      (part) => 'x'.repeat(part.length),
    );
}

function shortened(text: string): string {
  return text.length <= longestPin ? text : `${text.slice(0, longestPin - 1).trimEnd()}…`;
}
