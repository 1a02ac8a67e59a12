import { estimateTokens } from '../recall/estimate-tokens.js';
import type { TokenCounter } from '../tokens/create-token-counter.js';
import type { CallOptions } from '../types.js';
import type { Measure } from './window-data.js';

/** Texts whose counts are kept. */
const keptCounts = 2_000;
/** Longer texts are kept for one fit only. */
const keptCharacters = 20_000;
/** Rounds after which a guess has to do; guesses are high. */
const mostRounds = 8;

/**
 * A measure for decisions that cannot wait: it answers with what was counted, else with a guess, and remembers what it was asked. After
 * `settle` the same decision is made again with real counts.
 */
export interface MemoMeasure extends Measure {
  /** Counts what was asked meanwhile; `false` if nothing was open. */
  settle(options: CallOptions): Promise<boolean>;
}

/** Counts that outlive one fit. */
export type CountMemo = Map<string, number>;

/** Makes a {@link MemoMeasure} over counts that are shared. */
export function memoMeasure(counter: Pick<TokenCounter, 'count' | 'ends'>, memo: CountMemo): MemoMeasure {
  const own: CountMemo = new Map();
  const ends = new Map<string, { head: number; tail: number; tokens: number }>();
  const openCounts = new Set<string>();
  const openEnds = new Map<string, { text: string; headTokens: number; tailTokens: number }>();
  const numbers = new Map<string, number>();

  /** A text by number, so that keys of long texts stay short. */
  const numberOf = (text: string) => {
    const known = numbers.get(text) ?? numbers.size;
    numbers.set(text, known);
    return known;
  };

  return {
    count(text) {
      const known = memo.get(text) ?? own.get(text);
      if (known !== undefined) return known;
      openCounts.add(text);
      return text.length > keptCharacters ? text.length : Math.ceil(estimateTokens(text) * 1.3) + 2;
    },
    ends(text, headTokens, tailTokens) {
      const key = `${numberOf(text)} ${headTokens} ${tailTokens}`;
      const known = ends.get(key);
      if (known) return known;
      openEnds.set(key, { text, headTokens, tailTokens });
      const head = Math.min(text.length, headTokens);
      return { head, tail: Math.min(text.length - head, tailTokens), tokens: headTokens + tailTokens };
    },
    async settle(options) {
      if (openCounts.size === 0 && openEnds.size === 0) return false;
      const texts = [...openCounts];
      const asked = [...openEnds];
      openCounts.clear();
      openEnds.clear();
      const counts = await counter.count(texts, options);
      for (const [index, text] of texts.entries()) {
        if (text.length > keptCharacters) own.set(text, counts[index]!);
        else remember(memo, text, counts[index]!);
      }
      for (const [key, { text, headTokens, tailTokens }] of asked) {
        const found = await counter.ends(text, headTokens, tailTokens, options);
        ends.set(key, { head: found.headCharacters, tail: found.tailCharacters, tokens: found.tokens });
      }
      return true;
    },
  };
}

/** Makes a decision until every count in it is real. Its error counts only then, too. */
export async function settled<Result>(
  measure: MemoMeasure,
  decide: () => Result,
  options: CallOptions,
): Promise<Result> {
  for (let round = 1; ; round++) {
    let made: { readonly result: Result } | { readonly error: unknown };
    try {
      made = { result: decide() };
    } catch (error) {
      made = { error };
    }
    const isOpen = await measure.settle(options);
    if (isOpen && round < mostRounds) continue;
    if ('error' in made) throw made.error;
    return made.result;
  }
}

function remember(memo: CountMemo, text: string, tokens: number): void {
  memo.set(text, tokens);
  for (const oldest of memo.keys()) {
    if (memo.size <= keptCounts) break;
    memo.delete(oldest);
  }
}
