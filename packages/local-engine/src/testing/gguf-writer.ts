/** One key of the metadata; a list where the value is one. */
export type GgufEntry =
  | [key: string, type: 'text', value: string | string[]]
  | [key: string, type: 'uint32' | 'int32' | 'float32', value: number | number[]]
  | [key: string, type: 'bool', value: boolean];

/** One tensor of 32-bit floats. */
export type GgufTensor = [name: string, shape: number[], data: Float32Array];

const alignment = 32;
const typeCodes = { uint32: 4, int32: 5, float32: 6, bool: 7, text: 8 };
const listCode = 9;

/** The bytes of a GGUF file, version 3. @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
export function gguf(metadata: readonly GgufEntry[], tensors: readonly GgufTensor[]): Buffer {
  let offset = 0;
  const infos = tensors.map(([name, shape, data]) => {
    const info = Buffer.concat([text(name), uint32(shape.length), ...shape.map(uint64), uint32(0), uint64(offset)]);
    offset += data.byteLength + paddingOf(data.byteLength);
    return info;
  });
  const counts = [uint32(3), uint64(tensors.length), uint64(metadata.length)];
  const head = Buffer.concat([Buffer.from('GGUF'), ...counts, ...metadata.map(entryBytes), ...infos]);
  const body = tensors.flatMap(([, , data]) => [
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    Buffer.alloc(paddingOf(data.byteLength)),
  ]);
  return Buffer.concat([head, Buffer.alloc(paddingOf(head.length)), ...body]);
}

function entryBytes([key, type, value]: GgufEntry): Buffer {
  const code = uint32(typeCodes[type]);
  if (!Array.isArray(value)) return Buffer.concat([text(key), code, valueBytes(type, value)]);
  return Buffer.concat([
    ...[text(key), uint32(listCode), code, uint64(value.length)],
    ...value.map((each: string | number) => valueBytes(type, each)),
  ]);
}

function valueBytes(type: GgufEntry[1], value: string | number | boolean): Buffer {
  if (type === 'text') return text(String(value));
  if (type === 'bool') return Buffer.from([value ? 1 : 0]);
  if (type !== 'float32') return uint32(Number(value));
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(Number(value));
  return buffer;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  return buffer;
}

function uint64(value: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
}

const paddingOf = (bytes: number) => (alignment - (bytes % alignment)) % alignment;
