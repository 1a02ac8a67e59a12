import { expect, it } from 'vitest';
import { embedAnswer, emptyEmbedAnswer, readInput } from '../../../src/wire/ollama/embed.js';

it.each<[string | string[] | null | undefined, string[]]>([
  [undefined, []],
  [null, []],
  ['', []],
  ['a', ['a']],
  [[], []],
  [
    ['a', ''],
    ['a', ''],
  ],
])('the texts of %j are %j', (input, expected) => {
  expect(readInput(input)).toEqual(expected);
});

it('an answer has vectors, their count of tokens, and nanoseconds', () => {
  const result = { vectors: [[0.6, 0.8, 0]], promptTokens: 4, queueMs: 1, loadMs: 2.5 };
  expect(embedAnswer('nomic', result, { dimensions: null, totalMs: 10 })).toEqual({
    ...{ model: 'nomic', embeddings: [[0.6, 0.8, 0]] },
    ...{ total_duration: 10_000_000, load_duration: 2_500_000, prompt_eval_count: 4 },
  });
  expect(embedAnswer('nomic', result, { dimensions: 1, totalMs: 1 })).toMatchObject({
    ...{ embeddings: [[1]], total_duration: 2_500_000 },
  });
});

it('an answer to no text has no vectors', () => {
  expect(emptyEmbedAnswer('nomic')).toEqual({ model: 'nomic', embeddings: [] });
});
