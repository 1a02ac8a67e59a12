/** What a model's memory is estimated from. */
export interface ModelSize {
  /** Size of the file in bytes. */ readonly bytes: number;
  /** Name of the quantisation, such as `Q4_K_M`. */ readonly quantization: string;
  /** Layers. */ readonly blocks: number;
  /** Key and value heads per layer. */ readonly kvHeads: number;
  /** Values per head. */ readonly headDim: number;
  /** Width of the model. */ readonly embedding: number;
  /** Number of different tokens. */ readonly vocabulary: number;
}

/** What a model is loaded with, as far as it takes memory. */
export interface LoadSize {
  /** Context of each slot. */ readonly contextTokens: number;
  readonly slots: number;
  readonly batchTokens: number;
}

/** Prompt tokens per batch where no call says so: on a CPU a larger batch takes more memory and is no faster. */
export const defaultBatchTokens = { cpu: 128, gpu: 512 } as const;

const processBytes = 130 * 2 ** 20;
const tokenBytes = 900; // of the tokenizer, for each token of the vocabulary
const f16Bytes = 2;
const f32Bytes = 4;
const cellStep = 256; // llama.cpp's step of the whole context

/** Some weights are kept in a second order as well, in which the CPU multiplies faster; the file's pages stay beside them. */
function weightShare(quantization: string): number {
  if (/^(Q4_[01]|IQ4_NL)/.test(quantization)) return 2;
  return /^Q[24]_K/.test(quantization) ? 1.25 : 1.1;
}

/**
 * Bytes that a child holds with this model: weights, keys and values of all slots, the buffers of a batch, the tokenizer, the process
 * itself. Within 7 % of what was measured on x64 without a GPU for F32, IQ2_XXS, Q4_1 and Q4_K_M files of 0.5 to 490 MB.
 */
export function estimateMemory(size: ModelSize, { contextTokens, slots, batchTokens }: LoadSize): number {
  const cells = Math.ceil((contextTokens * slots) / cellStep) * cellStep;
  const cache = 2 * f16Bytes * size.blocks * size.kvHeads * size.headDim * cells;
  const buffers = f32Bytes * batchTokens * (8 * size.embedding + size.vocabulary / 4);
  const weights = weightShare(size.quantization) * size.bytes;
  return Math.round(weights + cache + buffers + tokenBytes * size.vocabulary + processBytes);
}

/** The same without keys and values: what a child holds beside its context, with the batch of a CPU. */
export function estimateBase(size: ModelSize): number {
  return estimateMemory(size, { contextTokens: 0, slots: 1, batchTokens: defaultBatchTokens.cpu });
}
