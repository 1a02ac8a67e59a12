import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openaiEmbeddingsAnswer, openaiEmbeddingsRequest, toBase64 } from '../../../src/wire/openai/embeddings.js';
import { openaiModelList } from '../../../src/wire/openai/models.js';
import { readRequest } from '../../../src/wire/read-request.js';
import { manifestOf } from '../manifest.js';

describe('/v1/embeddings', () => {
  const result = {
    vectors: [
      [0.6, 0.8, 0],
      [1, 0, 0],
    ],
    promptTokens: 9,
  };

  it('answers with a list of vectors and counts', () => {
    expect(openaiEmbeddingsAnswer('nomic', result, { encoding: 'float', dimensions: null })).toEqual({
      ...{ object: 'list', model: 'nomic', usage: { prompt_tokens: 9, total_tokens: 9 } },
      data: [
        { object: 'embedding', index: 0, embedding: [0.6, 0.8, 0] },
        { object: 'embedding', index: 1, embedding: [1, 0, 0] },
      ],
    });
    expect(openaiEmbeddingsAnswer('nomic', result, { encoding: 'float', dimensions: 2 })).toMatchObject({
      data: [{ embedding: [0.6, 0.8] }, { embedding: [1, 0] }],
    });
  });

  it('writes little-endian floats in base64', () => {
    expect(toBase64([1, -2])).toBe(Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]).toString('base64'));
    expect(openaiEmbeddingsAnswer('nomic', result, { encoding: 'base64', dimensions: null })).toMatchObject({
      data: [{ embedding: toBase64([0.6, 0.8, 0]) }, { embedding: 'AACAPwAAAAAAAAAA' }],
    });
  });

  it('loses nothing of a 32-bit float', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true })), (values) => {
        const bytes = Buffer.from(toBase64(values), 'base64');
        expect(values.map((_, index) => bytes.readFloatLE(4 * index))).toEqual(values);
      }),
    );
  });

  it.each([
    [{}],
    [{ input: '' }],
    [{ input: [] }],
    [{ input: [''] }],
    [{ input: [1, 2] }],
    [{ input: 'a', encoding_format: 'hex' }],
    [{ input: 'a', dimensions: 0 }],
  ])('refuses %j', (body) => {
    expect(() => readRequest(openaiEmbeddingsRequest, { model: 'x', ...body })).toThrowError(
      expect.objectContaining({ code: 'invalid-request' }),
    );
  });
});

it('/v1/models lists ids and seconds', () => {
  expect(openaiModelList([manifestOf()])).toEqual({
    object: 'list',
    data: [{ id: 'qwen:0.5b', object: 'model', created: Date.UTC(2026, 10, 30, 12) / 1_000, owned_by: 'library' }],
  });
});
