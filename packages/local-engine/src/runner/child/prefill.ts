import type { EvaluationPriority, LlamaSequence } from './llama.js';
import { chooseSliceTokens, courteousSliceTokens, firstSliceTokens, leastMeasuredTokens } from './slices.js';
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

/** The measured rate is kept from prompt to prompt. */
export function createPrefill(now: () => number): Prefill {
  let tokensPerMs: number | null = null;
  /** Slower counts at once, faster by half: a slice that is too long keeps an abort waiting. */
  const learn = (rate: number) => {
    tokensPerMs = tokensPerMs === null ? rate : Math.min(rate, 0.5 * tokensPerMs + 0.5 * rate);
  };
  return {
    async run(sequence, tokens, { signal, turn, evaluationPriority, onSlice }) {
      await sequence.adaptStateToTokens(tokens, false);
      const end = tokens.length - 1; // the last one is evaluated with the first token of the answer
      const cachedTokens = Math.min(sequence.nextTokenIndex, end);
      for (let from = cachedTokens; from < end; ) {
        await turn.mayRead(signal);
        signal.throwIfAborted();
        const most = from === cachedTokens ? firstSliceTokens : Number.POSITIVE_INFINITY;
        const sliceTokens = turn.isBesideUrgent()
          ? courteousSliceTokens
          : Math.min(chooseSliceTokens(tokensPerMs), most);
        const slice = tokens.slice(from, Math.min(from + sliceTokens, end));
        const startMs = now();
        await sequence.evaluateWithoutGeneratingNewTokens(slice, { evaluationPriority });
        if (slice.length >= leastMeasuredTokens) learn(slice.length / Math.max(0.01, now() - startMs));
        from += slice.length;
        onSlice(from);
      }
      signal.throwIfAborted();
      return cachedTokens;
    },
  };
}
