import { promisify } from 'node:util';
import { deflate, deflateSync, inflate, inflateSync } from 'node:zlib';
import type { JsonValue, Operation } from '../types.js';

/** What a step holds. */
export interface StepRecord {
  readonly step: number;
  readonly atMs: number;
  readonly meta: JsonValue;
  readonly operations: readonly Operation[];
}

/** Numbers of the ways in which a body is compressed, as stored. */
export const codecs = { deflate: 1 } as const;

const level = 6;
/** Above this size compression goes to another thread, so that it does not hold up everything else. */
const asideBytes = 64 * 1024;

/** The bytes of a step before compression: JSON of `[step, atMs, meta, operations]`. */
export function serializeStep({ step, atMs, meta, operations }: StepRecord): Buffer {
  return Buffer.from(JSON.stringify([step, atMs, meta, operations]));
}

/** Compresses the bytes of a step. */
export async function compress(raw: Buffer): Promise<Buffer> {
  return raw.length > asideBytes ? promisify(deflate)(raw, { level }) : deflateSync(raw, { level });
}

/** The step in a stored body. Never expands to more than `rawBytes`. Throws what zlib and JSON throw, or a plain error. */
export async function decodeStep(body: Uint8Array, codec: number, rawBytes: number): Promise<StepRecord> {
  if (codec !== codecs.deflate) throw new Error(`unknown codec ${codec}`);
  const options = { maxOutputLength: Math.max(1, rawBytes) };
  const raw = rawBytes > asideBytes ? await inflateAside(body, options) : inflateSync(body, options);
  if (raw.length !== rawBytes) throw new Error(`${raw.length} bytes where ${rawBytes} were written`);
  const [step, atMs, meta, operations] = JSON.parse(raw.toString('utf8'));
  return { step, atMs, meta, operations };
}

function inflateAside(body: Uint8Array, options: { maxOutputLength: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    inflate(body, options, (error, raw) => (error ? reject(error) : resolve(raw)));
  });
}
