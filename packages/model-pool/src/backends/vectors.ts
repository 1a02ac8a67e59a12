import { poolError } from '../calls/call-error.js';

const broken = (message: string) => poolError('stream-broken', message, { details: { fault: 'bad-vectors' } });

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => Number.isFinite(item));
}

/** Vectors of an answer. @throws ModelPoolError `stream-broken` where it is not one for each of so many texts, all of one length */
export function readVectors(values: unknown, count: number): number[][] {
  const vectors: unknown[] = Array.isArray(values) ? values : [];
  if (vectors.length !== count) throw broken(`the answer has ${vectors.length} vectors for ${count} texts`);
  if (!vectors.every(isVector)) throw broken('a vector of the answer is no list of numbers');
  if (new Set(vectors.map(({ length }) => length)).size > 1) throw broken('the vectors differ in length');
  return vectors;
}
