import { expect, it } from 'vitest';
import { readEmbeddingRequest } from '../../../../src/server/openai/request/embedding-request.js';

it('one text or several are taken', () => {
  const rest = { model: 'tale/embed', encoding: 'float', dimensions: null, user: null };
  expect(readEmbeddingRequest({ input: 'x' })).toEqual({ ...rest, input: ['x'] });
  expect(
    readEmbeddingRequest({ input: ['x', 'y'], model: 'm', encoding_format: 'base64', dimensions: 8, user: 'u' }),
  ).toEqual({ input: ['x', 'y'], model: 'm', encoding: 'base64', dimensions: 8, user: 'u' });
});

const bad: [string, object, string][] = [
  ['no input', {}, 'input'],
  ['no texts', { input: [] }, 'input'],
  ['an empty text', { input: '' }, 'input'],
  ['an empty text among others', { input: ['x', ''] }, 'input[1]'],
  ['tokens', { input: [1, 2, 3] }, 'input'],
  ['lists of tokens', { input: [[1], [2]] }, 'input'],
  ['an object', { input: { text: 'x' } }, 'input'],
  ['too many texts', { input: Array(2049).fill('x') }, 'input'],
  ['another encoding', { input: 'x', encoding_format: 'hex' }, 'encoding_format'],
  ['no dimensions', { input: 'x', dimensions: 0 }, 'dimensions'],
  ['a stranger', { input: 'x', truncate: true }, 'truncate'],
];
for (const [name, body, param] of bad)
  it(`${name} is refused`, () => {
    expect(() => readEmbeddingRequest(body)).toThrow(
      expect.objectContaining({ code: 'rejected', details: expect.objectContaining({ param }) }),
    );
  });
