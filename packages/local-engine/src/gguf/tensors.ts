import { type ByteReader, invalid } from './byte-reader.js';

/** What the tensors of a file hold, by their entries in its header. */
export interface TensorFacts {
  readonly parameters: number;
  /** How far the data of the last one reaches, counted from where the data begin. */ readonly dataBytes: number;
}

const mostDimensions = 8;

/** ggml's types by number: how many values a block has, and how many bytes. */
const blocks: Readonly<Record<number, readonly [values: number, bytes: number]>> = {
  0: [1, 4], // F32
  1: [1, 2], // F16
  2: [32, 18], // Q4_0
  3: [32, 20], // Q4_1
  6: [32, 22], // Q5_0
  7: [32, 24], // Q5_1
  8: [32, 34], // Q8_0
  9: [32, 36], // Q8_1
  10: [256, 84], // Q2_K
  11: [256, 110], // Q3_K
  12: [256, 144], // Q4_K
  13: [256, 176], // Q5_K
  14: [256, 210], // Q6_K
  15: [256, 292], // Q8_K
  16: [256, 66], // IQ2_XXS
  17: [256, 74], // IQ2_XS
  18: [256, 98], // IQ3_XXS
  19: [256, 50], // IQ1_S
  20: [32, 18], // IQ4_NL
  21: [256, 110], // IQ3_S
  22: [256, 82], // IQ2_S
  23: [256, 136], // IQ4_XS
  24: [1, 1], // I8
  25: [1, 2], // I16
  26: [1, 4], // I32
  27: [1, 8], // I64
  28: [1, 8], // F64
  29: [256, 56], // IQ1_M
  30: [1, 2], // BF16
  34: [256, 54], // TQ1_0
  35: [256, 66], // TQ2_0
  39: [32, 17], // MXFP4
};

/** Reads the entries of the tensors. Of a type that is newer than this list it is not known how far its data reach. */
export async function readTensors(reader: ByteReader, count: number): Promise<TensorFacts> {
  let parameters = 0;
  let dataBytes = 0;
  for (let index = 0; index < count; index++) {
    await reader.string();
    const values = await readValues(reader);
    const [blockValues, blockBytes] = blocks[await reader.uint32()] ?? [1, 0];
    const offset = await reader.uint64();
    parameters += values;
    dataBytes = Math.max(dataBytes, offset + (values / blockValues) * blockBytes);
  }
  return { parameters, dataBytes };
}

async function readValues(reader: ByteReader): Promise<number> {
  const dimensions = await reader.uint32();
  if (dimensions > mostDimensions) throw invalid('a tensor has too many dimensions');
  let values = 1;
  for (let index = 0; index < dimensions; index++) values *= await reader.uint64();
  return values;
}

const defaultAlignment = 32;

/**
 * Refuses a file that ends before the data of its tensors do.
 *
 * @param alignment `general.alignment` of the header, `null` where it has none
 * @throws RunnerFailure `invalid-gguf` with the bytes that the file must have and those that it has
 */
export function demandWhole(
  { dataBytes }: TensorFacts,
  file: { readonly headerBytes: number; readonly bytes: number; readonly alignment: number | null },
): void {
  if (dataBytes === 0) return;
  const alignment = file.alignment ?? defaultAlignment;
  if (!Number.isInteger(Math.log2(alignment))) throw invalid(`it states the impossible alignment ${alignment}`);
  const neededBytes = Math.ceil(file.headerBytes / alignment) * alignment + Math.ceil(dataBytes);
  if (neededBytes <= file.bytes) return;
  throw invalid(`it is cut off, ${neededBytes - file.bytes} bytes are missing at its end`, {
    ...{ neededBytes, availableBytes: file.bytes },
  });
}
