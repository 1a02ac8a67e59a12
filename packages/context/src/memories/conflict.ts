import { stopWords } from '../recall/stop-words.js';
import { indexTokens } from '../store/index-tokens.js';

/** Least share of the content words that two memories of one subject share. */
const leastShare = 0.6;

/** Words that say what to do with a subject, or how much, never which. */
const frame = new Set(
  indexTokens(
    `always never prefer prefers prefer rather like likes love loves hate hates dislike dislikes enjoy enjoys favourite favorite best
     remember please now use uses using include includes including add adds make provide provides give show shows write writes ask asks
     asked asking answer answers question questions about when whenever really usually generally strongly instead longer anymore any more
     want wants need needs try keep ensure sure also too very much one way`,
  ),
);

/** A memory as far as conflicts go. */
export interface Subject {
  readonly id: string;
  readonly kind: string;
  readonly project: string | null;
  readonly text: string;
}

/** What a new memory means for the old ones. */
export interface Conflict {
  /** Memory that says the same, `null` if none does. */
  readonly duplicateOf: string | null;
  /** Memories whose place the new one takes. */
  readonly supersedes: readonly string[];
}

/**
 * Compares a new memory with active ones of its owner. The same text, but for case and signs, is a duplicate. Of one kind and project, those
 * that share at least 60 % of the content words of the longer one are about the same subject: the new one takes their place.
 */
export function findConflict(added: Omit<Subject, 'id'>, known: readonly Subject[]): Conflict {
  const same = known.filter(({ kind, project }) => kind === added.kind && project === added.project);
  const plain = plainText(added.text);
  const duplicate = same.find(({ text }) => plainText(text) === plain);
  if (duplicate) return { duplicateOf: duplicate.id, supersedes: [] };
  const words = subjectOf(added.text);
  const supersedes = same.filter(({ text }) => sharedWords(words, subjectOf(text)) >= leastShare).map(({ id }) => id);
  return { duplicateOf: null, supersedes };
}

/** Words that say what a memory is about, by stem. */
export function subjectOf(text: string): ReadonlySet<string> {
  const words = text
    .toLowerCase()
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((word) => word !== '' && !stopWords.has(word));
  return new Set(words.flatMap(indexTokens).filter((token) => !frame.has(token)));
}

function sharedWords(first: ReadonlySet<string>, second: ReadonlySet<string>): number {
  const shared = [...first].filter((word) => second.has(word)).length;
  return shared / Math.max(first.size, second.size, 1);
}

function plainText(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).join(' ');
}
