import { type FileHandle, open } from 'node:fs/promises';
import type { GgufFacts } from '../runner/protocol.js';
import { type ByteReader, createByteReader, invalid } from './byte-reader.js';
import { quantizationName } from './quantization.js';
import { demandWhole, readTensors } from './tensors.js';

type Value = string | number | boolean | null;

const mostHeaderBytes = 256 * 2 ** 20;
const mostEntries = 65_536;
const mostElements = 2 ** 24;
/** Of one text that is kept, and of all of them: the facts travel to the parent and into the manifest. */
const mostTextBytes = { each: 256 * 2 ** 10, all: 2 ** 20 };
const scalarBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const textType = 8;
const arrayType = 9;

/**
 * Reads the header of a GGUF file, and whether the file is as long as its tensors: none of their data. Runs in a child, never where a
 * server listens.
 *
 * @throws RunnerFailure `invalid-gguf`
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export async function inspectGguf(path: string): Promise<GgufFacts> {
  const file = await open(path, 'r');
  try {
    return await readFacts(file);
  } finally {
    await file.close();
  }
}

async function readFacts(file: FileHandle): Promise<GgufFacts> {
  const { size } = await file.stat();
  const reader = createByteReader(file, Math.min(size, mostHeaderBytes));
  if (size < 24 || (await reader.bytes(4)).toString('latin1') !== 'GGUF') throw invalid('its first bytes are others');
  const version = await reader.uint32();
  if (version !== 2 && version !== 3) throw invalid(`its version is ${version}`);
  const tensors = await reader.uint64();
  const entries = await reader.uint64();
  if (tensors > mostEntries || entries > mostEntries) throw invalid('it states an impossible number of entries');

  const metadata: Record<string, Value> = Object.create(null);
  let vocabulary = 0;
  let leftBytes = mostTextBytes.all;
  for (let index = 0; index < entries; index++) {
    const key = await reader.string();
    leftBytes -= key.length;
    if (leftBytes < 0) throw invalid('it holds too much text');
    const type = await reader.uint32();
    if (type === arrayType) {
      const count = await skipArray(reader);
      if (key === 'tokenizer.ggml.tokens') vocabulary = count;
      metadata[key] = null;
    } else if (type === textType) {
      const text = await readText(reader, Math.min(leftBytes, mostTextBytes.each));
      leftBytes -= text?.length ?? 0;
      metadata[key] = text;
    } else {
      metadata[key] = await readScalar(reader, type);
    }
  }
  const stated = await readTensors(reader, tensors);
  const alignment = metadata['general.alignment'];
  demandWhole(stated, {
    ...{
      headerBytes: reader.positionBytes(),
      bytes: size,
      alignment: typeof alignment === 'number' ? alignment : null,
    },
  });
  return toFacts(metadata, stated.parameters, vocabulary);
}

/** `null` for one that is longer than what is kept. */
async function readText(reader: ByteReader, mostBytes: number): Promise<string | null> {
  const length = await reader.uint64();
  if (length <= mostBytes) return (await reader.bytes(length)).toString('utf8');
  await reader.skip(length);
  return null;
}

async function readScalar(reader: ByteReader, type: number): Promise<Value> {
  const size = scalarBytes[type];
  if (!size) throw invalid(`it holds a value of type ${type}`);
  const bytes = await reader.bytes(size);
  switch (type) {
    case 1:
      return bytes.readInt8();
    case 2:
      return bytes.readUInt16LE();
    case 3:
      return bytes.readInt16LE();
    case 4:
      return bytes.readUInt32LE();
    case 5:
      return bytes.readInt32LE();
    case 6:
      return bytes.readFloatLE();
    case 7:
      return bytes.readUInt8() !== 0;
    case 10:
      return Number(bytes.readBigUInt64LE());
    case 11:
      return Number(bytes.readBigInt64LE());
    case 12:
      return bytes.readDoubleLE();
    default:
      return bytes.readUInt8();
  }
}

/** Returns the number of elements. */
async function skipArray(reader: ByteReader): Promise<number> {
  const type = await reader.uint32();
  const count = await reader.uint64();
  if (count > mostElements) throw invalid('it states an impossible length of a list');
  if (type === textType) {
    for (let index = 0; index < count; index++) await reader.skip(await reader.uint64());
    return count;
  }
  const size = scalarBytes[type];
  if (!size) throw invalid(`it holds a list of type ${type}`);
  await reader.skip(count * size);
  return count;
}

function toFacts(metadata: Record<string, Value>, parameters: number, vocabulary: number): GgufFacts {
  const architecture = metadata['general.architecture'];
  if (typeof architecture !== 'string' || architecture === '') throw invalid('it names no architecture');
  const number = (key: string, fallback: number) => {
    const value = metadata[`${architecture}.${key}`];
    return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : fallback;
  };
  const template = metadata['tokenizer.chat_template'];
  const embedding = number('embedding_length', 0);
  const heads = number('attention.head_count', 1);
  return {
    architecture,
    parameters: parameterSize(parameters),
    quantization: quantizationName(metadata['general.file_type']),
    blocks: number('block_count', 0),
    kvHeads: number('attention.head_count_kv', heads),
    headDim: number('attention.key_length', embedding / heads),
    embedding,
    vocabulary,
    contextTokens: number('context_length', 2048),
    template: typeof template === 'string' ? template : null,
    metadata: { ...metadata },
  };
}

/** A number of parameters as Ollama writes it: `494.03M`, `1.1B`. */
export function parameterSize(parameters: number): string {
  if (parameters >= 1e9) return `${Number((parameters / 1e9).toFixed(1))}B`;
  if (parameters >= 1e6) return `${Number((parameters / 1e6).toFixed(2))}M`;
  return `${Number((parameters / 1e3).toFixed(2))}K`;
}
