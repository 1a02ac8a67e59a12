import { inverseFrequency } from '../store/bm25.js';
import type { Frequencies } from '../store/contract.js';
import type { QueryWords } from './words.js';

/** A word that is asked for and what it is worth. */
export interface Term {
  readonly word: string;
  /** Inverse document frequency in the whole index. */
  readonly worth: number;
}

/** What the index is asked for. */
export interface ChosenTerms {
  /** Known words, expansions last. */
  readonly terms: readonly Term[];
  /** How many of them the index is asked for; the others are expansions. */
  readonly searched: number;
  /** Words of the question among them, as they are shown. */
  readonly asked: readonly string[];
  /** Sum of the worth of all words of the question, of those too that the index does not know. */
  readonly worth: number;
}

const mostTerms = 12;
/** Letters that a database may fold in its own way, so that it does not know the word by our token. */
const foreign = /[^\0-\u007f]/;
const expansionWeight = 0.7;

/** The twelve rarest words that the index knows or may know; ids and quoted words come first, equally rare ones as they stand in the question. */
export function chooseTerms({ words, expansions }: QueryWords, { documents, of }: Frequencies): ChosenTerms {
  const counted = words.map((one) => ({ ...one, documents: of.get(one.word) ?? 0 }));
  const rank = (first: (typeof counted)[number], second: (typeof counted)[number]) =>
    Number(second.isKept) - Number(first.isKept) || first.documents - second.documents;
  const isAskable = (one: (typeof counted)[number]) => one.documents > 0 || foreign.test(one.word);
  const asked = counted.filter(isAskable).toSorted(rank).slice(0, mostTerms);
  const unknown = counted.filter((one) => !isAskable(one)).slice(0, mostTerms - asked.length);
  const worthOf = (count: number) => inverseFrequency(count, documents);
  const more = expansions.filter((word) => (of.get(word) ?? 0) > 0 && !asked.some((one) => one.word === word));
  return {
    terms: [
      ...asked.map((one) => ({ word: one.word, worth: worthOf(one.documents) })),
      ...more.map((word) => ({ word, worth: expansionWeight * worthOf(of.get(word) ?? 0) })),
    ],
    searched: asked.length,
    asked: asked.map((one) => one.word),
    worth: [...asked, ...unknown].reduce((sum, one) => sum + worthOf(one.documents), 0),
  };
}
