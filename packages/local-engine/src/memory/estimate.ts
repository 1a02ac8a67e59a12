/** What a model's memory is estimated from. */
export interface ModelSize {
  /** Size of the file in bytes. */ readonly bytes: number;
  /** Layers. */ readonly blocks: number;
  /** Key and value heads per layer. */ readonly kvHeads: number;
  /** Values per head. */ readonly headDim: number;
  /** Width of the model. */ readonly embedding: number;
  /** Number of different tokens. */ readonly vocabulary: number;
}

const processBytes = 110 * 2 ** 20;
const f16Bytes = 2;
const f32Bytes = 4;
const batchTokens = 128;

/**
 * Bytes that a child holds with this model and context: weights, keys and values, the buffers of a batch (its output holds a number
 * for each token of the vocabulary), the process itself. A tenth more, for weights that are kept in a second order as well.
 */
export function estimateMemory(size: ModelSize, contextTokens: number): number {
  const cache = 2 * f16Bytes * size.blocks * size.kvHeads * size.headDim * contextTokens;
  const buffers = f32Bytes * batchTokens * (8 * size.embedding + size.vocabulary);
  return Math.round(1.1 * (size.bytes + cache + buffers + processBytes));
}
