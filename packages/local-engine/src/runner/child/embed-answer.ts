import type { RunnerCall, RunnerResults } from '../protocol.js';
import type { AnswerOptions } from './answer-options.js';
import { RunnerFailure } from './failure.js';
import type { LlamaEmbeddingContext, LlamaModel } from './llama.js';
import { exceeded, overlongBeginning } from './overlong-beginning.js';
import type { ThreadControl } from './thread-control.js';

/** Makes vectors. The context for them is made with the first call, and kept. */
export interface Embedder {
  /** @throws RunnerFailure `context-exceeded`, `internal` for a vector that has no length */
  answer(call: Extract<RunnerCall, { kind: 'embed' }>, options: AnswerOptions): Promise<RunnerResults['embed']>;
}

/** A text is evaluated in one batch, whose buffers grow with it. */
const mostContextTokens = 2_048;

/** See {@link Embedder}. */
export function createEmbedder(
  model: LlamaModel,
  { contextTokens, maxThreads, threads }: { contextTokens: number; maxThreads: number; threads: ThreadControl },
): Embedder {
  const contextSize = Math.min(contextTokens, mostContextTokens);
  let making: Promise<LlamaEmbeddingContext> | null = null;
  return {
    async answer({ input, truncate }, { signal, maxThreads: wanted, onPrefill }) {
      making ??= model.createEmbeddingContext({ contextSize, threads: maxThreads });
      const context = await making.catch((error) => {
        making = null;
        throw error;
      });
      const work = threads.begin(wanted);
      try {
        const vectors: number[][] = [];
        let promptTokens = 0;
        for (const text of input) {
          signal.throwIfAborted();
          work.onOther();
          const read = overlongBeginning(text, contextSize, model.tokenizer) ?? text;
          const tokens = fitting(model.tokenizer(read), context, contextSize - 1, truncate);
          if (tokens.length === 0 && model.tokens.bos !== null) tokens.push(model.tokens.bos);
          promptTokens += context.calculateInputLength([...tokens]);
          vectors.push(normalise((await context.getEmbeddingFor(tokens)).vector));
          onPrefill(vectors.length, input.length); // texts, not tokens: a sign of life
        }
        return { vectors, promptTokens };
      } finally {
        work.end();
      }
    },
  };
}

/** The tokens of a text, cut to what fits beside those that the library adds. */
function fitting(tokens: number[], context: LlamaEmbeddingContext, limitTokens: number, truncate: boolean): number[] {
  const length = context.calculateInputLength([...tokens]);
  if (length <= limitTokens) return tokens;
  if (truncate) return tokens.slice(0, Math.max(0, tokens.length - (length - limitTokens)));
  throw exceeded(limitTokens, length);
}

/** The vector with the length 1. */
export function normalise(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  if (length > 0 && Number.isFinite(length)) return vector.map((value) => value / length);
  throw new RunnerFailure('internal', 'the model made a vector without length');
}
