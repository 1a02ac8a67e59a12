import type { LlamaSequence } from './llama.js';
import { chooseSliceTokens } from './slices.js';

/** Evaluates prompts slice by slice. The library evaluates a prompt in one go and sees an abort only behind it. */
export interface Prefill {
  /**
   * Brings `sequence` to all but the last of `tokens`; tokens it holds already are not evaluated again.
   *
   * @returns how many of `tokens` were there already
   */
  run(
    sequence: LlamaSequence,
    tokens: number[],
    options: { signal: AbortSignal; onSlice(doneTokens: number): void },
  ): Promise<number>;
}

/** The measured rate is kept from prompt to prompt. */
export function createPrefill(now: () => number = () => performance.now()): Prefill {
  let tokensPerMs: number | null = null;
  return {
    async run(sequence, tokens, { signal, onSlice }) {
      await sequence.adaptStateToTokens(tokens, false);
      const end = tokens.length - 1; // the last one is evaluated with the first token of the answer
      const cachedTokens = Math.min(sequence.nextTokenIndex, end);
      for (let from = cachedTokens; from < end; ) {
        signal.throwIfAborted();
        const slice = tokens.slice(from, Math.min(from + chooseSliceTokens(tokensPerMs), end));
        const startMs = now();
        await sequence.evaluateWithoutGeneratingNewTokens(slice);
        const rate = slice.length / Math.max(0.01, now() - startMs);
        tokensPerMs = tokensPerMs === null ? rate : 0.5 * tokensPerMs + 0.5 * rate;
        from += slice.length;
        onSlice(from);
      }
      signal.throwIfAborted();
      return cachedTokens;
    },
  };
}
