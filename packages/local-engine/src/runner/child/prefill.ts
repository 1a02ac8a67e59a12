import type { EvaluationPriority, LlamaSequence } from './llama.js';
import { chooseSliceTokens, courteousSliceTokens, rateOf, type SliceRates } from './slices.js';
import type { Turn } from './turns.js';

/** What a prompt is read with. */
export interface PrefillOptions {
  readonly signal: AbortSignal;
  readonly turn: Pick<Turn, 'mayRead' | 'isBesideUrgent'>;
  readonly evaluationPriority: EvaluationPriority;
  onSlice(doneTokens: number): void;
}

/** Evaluates prompts slice by slice. The library evaluates a prompt in one go and sees an abort only behind it. */
export interface Prefill {
  /**
   * Brings `sequence` to all but the last of `tokens`; tokens it holds already are not evaluated again.
   *
   * @returns how many of `tokens` were there already
   */
  run(sequence: LlamaSequence, tokens: number[], options: PrefillOptions): Promise<number>;
}

/** The measured rates are kept from prompt to prompt. */
export function createPrefill(now: () => number): Prefill {
  let rates: SliceRates = { tiled: null, parts: null };
  /** Slower counts at once, faster by half: a slice that is too long keeps an abort waiting. */
  const learn = (tokens: number, tookMs: number) => {
    const kind = rateOf(tokens);
    if (kind === null) return;
    const rate = tokens / Math.max(0.01, tookMs);
    const known = rates[kind];
    rates = { ...rates, [kind]: known === null ? rate : Math.min(rate, 0.5 * known + 0.5 * rate) };
  };
  return {
    async run(sequence, tokens, { signal, turn, evaluationPriority, onSlice }) {
      await sequence.adaptStateToTokens(tokens, false);
      const end = tokens.length - 1; // the last one is evaluated with the first token of the answer
      const cachedTokens = Math.min(sequence.nextTokenIndex, end);
      for (let from = cachedTokens; from < end; ) {
        await turn.mayRead(signal);
        signal.throwIfAborted();
        const place = { remainingTokens: end - from, isFirst: from === cachedTokens };
        const sliceTokens = turn.isBesideUrgent() ? courteousSliceTokens : chooseSliceTokens(rates, place);
        const slice = tokens.slice(from, Math.min(from + sliceTokens, end));
        const startMs = now();
        await sequence.evaluateWithoutGeneratingNewTokens(slice, { evaluationPriority });
        learn(slice.length, now() - startMs);
        from += slice.length;
        onSlice(from);
      }
      signal.throwIfAborted();
      return cachedTokens;
    },
  };
}
