import type { FileHandle } from 'node:fs/promises';
import { RunnerFailure } from '../runner/child/failure.js';
import type { FailureFacts } from '../runner/protocol.js';

/** Reads little-endian values of a file in order. Each size is checked before it is used: the file may be hostile. */
export interface ByteReader {
  uint32(): Promise<number>;
  /** Refuses numbers beyond 2^53. */
  uint64(): Promise<number>;
  bytes(count: number): Promise<Buffer>;
  string(): Promise<string>;
  skip(count: number): Promise<void>;
  /** How much of the file was read or skipped. */
  positionBytes(): number;
}

const chunkBytes = 1 << 20;
const longestStringBytes = 1 << 20;

/** @param limitBytes how far the header may reach */
export function createByteReader(file: FileHandle, limitBytes: number): ByteReader {
  let buffer = Buffer.alloc(0);
  let position = 0; // in the buffer
  let filePosition = 0; // behind the buffer

  const demand = async (count: number) => {
    if (buffer.length - position >= count) return;
    if (filePosition - (buffer.length - position) + count > limitBytes)
      throw invalid('its header is cut off or too large');
    const rest = buffer.subarray(position);
    const next = Buffer.alloc(Math.min(Math.max(chunkBytes, count - rest.length), limitBytes - filePosition));
    const { bytesRead } = await file.read(next, 0, next.length, filePosition);
    filePosition += bytesRead;
    buffer = Buffer.concat([rest, next.subarray(0, bytesRead)]);
    position = 0;
    if (buffer.length < count) throw invalid('its header is cut off');
  };
  const take = async (count: number) => {
    await demand(count);
    position += count;
    return buffer.subarray(position - count, position);
  };
  const uint64 = async () => {
    const value = (await take(8)).readBigUInt64LE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw invalid('it states an impossible size');
    return Number(value);
  };
  return {
    uint32: async () => (await take(4)).readUInt32LE(),
    uint64,
    async bytes(count) {
      if (count > longestStringBytes) throw invalid('it states an impossible size');
      return take(count);
    },
    async string() {
      const length = await uint64();
      if (length > longestStringBytes) throw invalid('it states an impossible length of a text');
      return (await take(length)).toString('utf8');
    },
    async skip(count) {
      const inBuffer = Math.min(count, buffer.length - position);
      position += inBuffer;
      filePosition += count - inBuffer;
      if (count > inBuffer) {
        buffer = Buffer.alloc(0);
        position = 0;
      }
      if (filePosition > limitBytes + chunkBytes) throw invalid('its header is too large');
    },
    positionBytes: () => filePosition - (buffer.length - position),
  };
}

/** The failure of a file that is no usable GGUF. */
export function invalid(what: string, facts?: FailureFacts): RunnerFailure {
  return new RunnerFailure('invalid-gguf', `this is not a GGUF file that can be used: ${what}`, facts && { facts });
}
