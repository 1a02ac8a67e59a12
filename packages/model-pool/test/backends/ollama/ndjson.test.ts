import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineLimitBytes, NdjsonReader } from '../../../src/backends/ollama/ndjson.js';
import type { JsonObject } from '../../../src/index.js';

function read(chunks: readonly Uint8Array[]): JsonObject[] {
  const reader = new NdjsonReader();
  const values = chunks.flatMap((chunk) => [...reader.push(chunk)]);
  const last = reader.end();
  return last === null ? values : [...values, last];
}

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

const pieces = fc.array(fc.record({ content: fc.string({ unit: 'binary', maxLength: 12 }), done: fc.boolean() }), {
  maxLength: 8,
});

describe('NdjsonReader', () => {
  it('10,000 random splits of valid streams give equal objects', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(2_000), { maxLength: 10 }), fc.boolean(), (objects, cuts, hasLast) => {
        const text = objects.map((object) => JSON.stringify(object)).join('\n') + (hasLast ? '\n' : '');
        const whole = objects.map((object) => JSON.parse(JSON.stringify(object)));
        expect(read(split(Buffer.from(text), cuts))).toEqual(whole);
      }),
      { numRuns: 10_000 },
    );
  });

  it('empty lines are skipped', () => {
    expect(read([Buffer.from('\n\n{"a":1}\r\n \n{"b":2}')])).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('what is no JSON object is refused with its line', () => {
    for (const line of ['{"a":', 'x', '[1]', '1', 'null', '{"a":NaN}']) {
      expect(() => read([Buffer.from(`${line}\n`)]), line).toThrow(
        expect.objectContaining({ code: 'stream-broken', retryable: true, details: { fault: 'bad-line', line } }),
      );
    }
  });

  it('bytes that are no UTF-8 are refused', () => {
    expect(() => read([Buffer.from([0x7b, 0x22, 0xc3, 0x22, 0x7d, 0x0a])])).toThrow(
      expect.objectContaining({ code: 'stream-broken' }),
    );
  });

  it('a line over the limit is refused before its end', () => {
    const reader = new NdjsonReader();
    const part = Buffer.alloc(1024 * 1024, 'x');
    expect(() => {
      for (let bytes = 0; bytes <= lineLimitBytes; bytes += part.length) [...reader.push(part)];
    }).toThrow(expect.objectContaining({ code: 'stream-broken', details: { fault: 'line-too-long' } }));
  });
});
