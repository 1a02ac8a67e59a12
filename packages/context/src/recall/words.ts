import { indexTokens } from '../store/index-tokens.js';
import { stopWords } from './stop-words.js';

/** A word that a question asks for. */
export interface QueryWord {
  /** As the index is asked for it: one token or a run of tokens. */
  readonly word: string;
  /** Whether it is an id or was quoted, and so is never left out. */
  readonly isKept: boolean;
}

/** A question taken apart. */
export interface QueryWords {
  /** Its content words in their order, each once by its stem; at most 64. */
  readonly words: readonly QueryWord[];
  /** Words that an answer may hold in place of one of the question. They add to a score and never to its maximum. */
  readonly expansions: readonly string[];
  /** Content words, without ids. */
  readonly contentWords: number;
  /** Whether it names an id. */
  readonly hasId: boolean;
  /** Whether it asks for what the assistant said. */
  readonly asksAssistant: boolean;
  /** Whether it asks for something to be done or advised, which standing instructions are for, and not for what was said. */
  readonly isRequest: boolean;
  /** Whether it asks for much of what was said, as a summary, a list or a count does. */
  readonly isBroad: boolean;
}

const longestText = 16_000;
const mostWords = 64;
const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
const quoted = /"([^"\n]{2,80})"|“([^”\n]{2,80})”|„([^“”\n]{2,80})[“”]|«([^»\n]{2,80})»|`([^`\n]{2,80})`/gu;
const joined = /(?<![\p{L}\p{N}])[\p{L}]+(?:[-_/.:]\w+)+/gu;
const hex = /(?<![\p{L}\p{N}])(?=[a-f]*\d)[0-9a-f]{6,64}(?![\p{L}\p{N}])/giu;
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu;
const ofAssistant =
  /\b(?:did you (?:\w+ )?(?:recommend|suggest|say|tell|explain|propose|advise|mention|answer|describe|outline|provide|list|give|write)|you(?:['’]ve| have| had)? (?:\w+ )?(?:recommended|suggested|said|told|explained|proposed|advised|mentioned|answered|described|outlined|provided|listed|gave|given|wrote|written)|your (?:last |first |earlier |previous )?(?:answer|suggestion|recommendation|advice|explanation|proposal|reply)s?)\b|\b(?:hast du|haben sie) .*\b(?:empfohlen|vorgeschlagen|gesagt|erklärt|geschrieben|genannt)\b|\b(?:as-tu|avez-vous|tu as|vous avez) (?:recommandé|suggéré|proposé|dit|expliqué|écrit)|\b(?:recomendaste|sugeriste|dijiste|propusiste|explicaste|escribiste)\b/iu;
const request =
  /\b(?:(?:can|could|would|will) you (?!(?:\w+ )?(?:remember|recall|remind|tell me (?:what|when|which|who|where|how (?:many|much|long|often))\b))|please|help me|how (?:do|can|could|should|would|might) (?:i|we|one|you)|what(?:['’]s| is| are| would be) (?:the|a|some) (?:best|good|right)|(?:what|which|where) (?:\w+ )?(?:should|can|could|would) (?:i|we|you)|(?:suggest|recommend|explain|show|give|write|create|design|draft|plan|make|build|implement) (?:me|us|a|an|the|some|my|how)|any (?:tips|advice|ideas|suggestions)|i(?:['’]m| am) (?:trying|looking|planning|thinking|about|going|hoping) (?:to|for|of)|i(?:['’]d like| want| need| would like) (?:to|a|an|some|you))\b/i;
const ofHistory =
  /\b(?:did|have|had|was|were) (?:i|we)\b|\b(?:did|have) you\b|\bi (?:said|told|mentioned|asked|decided|wrote|planned)\b/i;
const broad =
  /\b(?:summar(?:y|i[sz]e)|overview|recap|(?:in (?:what|which)|the) order (?:in which|that|did)|(?:throughout|across|over) (?:all )?(?:our|my|the) (?:\w+ )?(?:conversations?|chats?|discussions?|sessions?|messages|time)|over time|how many (?:different|distinct))\b/i;
/** "Have I ever …?" is answered by "I have never …" as well. */
const ofExperience = /\bhave (?:i|we)\b/i;

/** Takes a question apart. Of a long text the beginning and the end are read. */
export function queryWords(text: string): QueryWords {
  const shown = text.length <= longestText ? text : `${text.slice(0, longestText / 2)} ${text.slice(-longestText / 2)}`;
  const source = shown.normalize('NFC').toLowerCase();
  const ids = [...source.matchAll(joined), ...source.matchAll(hex)].map(([found]) => found).filter(isId);
  const quotes = [...source.matchAll(quoted)].map((match) => match.slice(1).find((part) => part !== undefined) ?? '');
  const kept = new Set([...ids, ...quotes].flatMap((run) => run.match(word) ?? []));

  const plain = [...new Set(wordsOf(source))];
  const content = plain.filter((found) => !stopWords.has(found) || kept.has(found));
  const runs = [...ids, ...quotes].filter((run) => (run.match(word) ?? []).length > 1);
  const found = [
    ...runs.map((run) => ({ word: run, isKept: true })),
    ...(content.length > 0 ? content : plain).map((plainWord) => ({ word: plainWord, isKept: kept.has(plainWord) })),
  ];
  const words = distinct(found).slice(0, mostWords);
  const idWords = new Set(ids.flatMap((id) => id.match(word) ?? []));
  return {
    words,
    expansions: ofExperience.test(source.slice(0, 2_000)) ? ['never'] : [],
    contentWords: content.length === 0 ? 0 : distinct(content.filter((one) => !idWords.has(one)).map(asWord)).length,
    hasId: ids.length > 0,
    asksAssistant: ofAssistant.test(source.slice(0, 2_000)),
    isRequest: request.test(source.slice(0, 2_000)) && !ofHistory.test(source.slice(0, 2_000)),
    isBroad: broad.test(source.slice(0, 2_000)),
  };
}

function asWord(found: string): QueryWord {
  return { word: found, isKept: false };
}

/** Words of alphabets with spaces, pairs of characters of the others. */
function wordsOf(source: string): string[] {
  const found: string[] = [];
  for (const [run] of source.matchAll(word)) {
    const parts = run.match(unspaced);
    if (!parts) found.push(run);
    else {
      found.push(...run.replaceAll(unspaced, ' ').split(' ').filter(Boolean));
      for (const part of parts) found.push(...pairs(part));
    }
    if (found.length > 4_000) break;
  }
  return found;
}

function pairs(run: string): string[] {
  const characters = [...run];
  return characters.length === 1
    ? [run]
    : characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

/** A key, a path, a file, a version: with a digit, an underscore, two slashes or an ending. Not "and/or", "e.g." or "long-term". */
function isId(run: string): boolean {
  return /[\d_]|\/.*\/|\w{2,}\.\w{2,5}$/u.test(run);
}

/** Each once by its tokens in the index. */
function distinct(words: readonly QueryWord[]): QueryWord[] {
  const byTokens = new Map<string, QueryWord>();
  for (const one of words) {
    const key = indexTokens(one.word).join(' ');
    if (key !== '' && !byTokens.has(key)) byTokens.set(key, one);
    if (byTokens.size > mostWords) break;
  }
  return [...byTokens.values()];
}
