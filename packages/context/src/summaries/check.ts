import { estimateTokens } from '../recall/estimate-tokens.js';
import { sentencesOf } from '../recall/sentences.js';
import { stem } from '../recall/stem.js';
import { findClaims, numbersOf } from './claims.js';
import { commonStarts } from './common-starts.js';

/** Why a summary was not taken. */
export type RejectReason =
  | 'incomplete'
  | 'empty'
  | 'too-long'
  | 'repetitive'
  | 'refused'
  | 'unrelated'
  | 'unsupported'
  | 'too-short';

/** A summary after the check. */
export type CheckedSummary =
  | {
      readonly isAccepted: true;
      readonly text: string;
      /** Sentences that stated what the source does not. */
      readonly removed: readonly string[];
    }
  | { readonly isAccepted: false; readonly reason: RejectReason; readonly removed: readonly string[] };

/** Share of sentences that may be removed. */
const removedShare = 0.2;
const leastTokens = 20;
/** Words that say who speaks, which the source need not hold. */
const ownWords = new Set(['user', 'users', 'assistant', 'tool', 'i', 'the', 'they', 'he', 'she', 'it', 'ai']);
const startingWords = new Set([...ownWords, ...commonStarts]);
const refusal =
  /^\W*(?:i['’]?m (?:sorry|unable)|sorry\b|i (?:can(?:no|['’])t|am (?:sorry|unable|not able)|cannot|won['’]t)|as an ai\b|unfortunately,? i)/i;

/**
 * Takes out of a summary each sentence with a number, path, id, quoted text or name that its source does not hold. A word with a capital
 * letter that begins a sentence passes for a name unless sentences commonly begin with it. Names in lower case are not seen. Too little
 * left, too much removed, or a text that is no summary at all: rejected.
 */
export function checkSummary(
  written: { readonly text: string; readonly complete: boolean },
  source: string,
  maxTokens: number,
): CheckedSummary {
  const text = written.text.trim();
  const reject = (reason: RejectReason, removed: readonly string[] = []): CheckedSummary => ({
    isAccepted: false,
    reason,
    removed,
  });
  if (!written.complete) return reject('incomplete');
  if (text === '') return reject('empty');
  if (estimateTokens(text) > maxTokens * 2) return reject('too-long');
  if (refusal.test(text)) return reject('refused');

  const sentences = sentencesOf(text).map(({ start, end }) => text.slice(start, end));
  const said = sentences.map((sentence) => sentence.trim().toLowerCase()).filter((sentence) => sentence.length > 12);
  if (said.length - new Set(said).size >= 2) return reject('repetitive');
  if (sharedWords(text, source) < 0.5) return reject('unrelated');

  const isSupported = supportedBy(source);
  const kept = sentences.filter(isSupported);
  const removed = sentences.filter((sentence) => !kept.includes(sentence)).map((sentence) => sentence.trim());
  if (removed.length > sentences.length * removedShare) return reject('unsupported', removed);
  const rest = kept.join('').trim();
  if (estimateTokens(rest) < leastTokens) return reject('too-short', removed);
  return { isAccepted: true, text: rest, removed };
}

/** Whether everything that a sentence states stands in `source`. */
function supportedBy(source: string): (sentence: string) => boolean {
  const plain = flat(source);
  const numbers = numbersOf(source);
  const words = new Set(plain.match(/[\p{L}\p{M}\p{N}_]+/gu) ?? []);
  const stems = new Set([...words].map(stem));
  const isHeld = (name: string, others: ReadonlySet<string>) =>
    flat(name)
      .replace(/['’](?:s|re|ve|ll|d|t|m)$/, '')
      .split(/['’-]/)
      .every((part) => part === '' || words.has(part) || stems.has(stem(part)) || others.has(part));
  return (sentence) => {
    const claims = findClaims(sentence);
    return (
      claims.numbers.every((number) => numbers.has(number)) &&
      [...claims.references, ...claims.quotes].every((text) => plain.includes(flat(text).replace(/[.,;:!?]+$/, ''))) &&
      claims.names.every((name) => isHeld(name, ownWords)) &&
      (claims.start === null || isHeld(claims.start, startingWords))
    );
  };
}

/** Share of the longer words of `text` that `source` holds, by their first letters. */
function sharedWords(text: string, source: string): number {
  const stems = (from: string) => (flat(from).match(/\p{L}{4,}/gu) ?? []).map((found) => found.slice(0, 5));
  const known = new Set(stems(source));
  const asked = stems(text);
  return asked.length === 0 ? 1 : asked.filter((stem) => known.has(stem)).length / asked.length;
}

function flat(text: string): string {
  return text.normalize('NFC').toLowerCase().replace(/\s+/gu, ' ').trim();
}
