import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CallEnd } from '../../../../src/index.js';
import { embeddingList } from '../../../../src/server/openai/answer/embedding-list.js';

const end = { model: 'vectors:1b', usage: { inputTokens: 5 } } as CallEnd;
const result = (embeddings: number[][]) => ({ requestId: 'R', embeddings, end });

it('vectors stand in order, with what they cost', () => {
  expect(
    embeddingList(
      result([
        [1, 2],
        [3, 4],
      ]),
      { encoding: 'float', dimensions: 2 },
    ),
  ).toEqual({
    object: 'list',
    data: [
      { object: 'embedding', index: 0, embedding: [1, 2] },
      { object: 'embedding', index: 1, embedding: [3, 4] },
    ],
    model: 'vectors:1b',
    usage: { prompt_tokens: 5, total_tokens: 5 },
  });
});

it('in base64 they are 32-bit floats, little-endian, of any values', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true }), { maxLength: 40 }), (vector) => {
      const { data } = embeddingList(result([vector]), { encoding: 'base64', dimensions: null }) as {
        data: { embedding: string }[];
      };
      const bytes = Buffer.from(data[0]?.embedding ?? '', 'base64');
      expect(bytes.length).toBe(vector.length * 4);
      for (const [index, value] of vector.entries()) expect(bytes.readFloatLE(index * 4)).toBe(value);
    }),
  );
});

it('another length than they have cannot be had', () => {
  expect(() => embeddingList(result([[1, 2]]), { encoding: 'float', dimensions: 1 })).toThrow(
    expect.objectContaining({ code: 'rejected', details: { param: 'dimensions', code: null } }),
  );
});
