import { expect, it } from 'vitest';
import { readCompletionRequest } from '../../../../src/server/openai/request/completion-request.js';

it('a prompt is one text', () => {
  for (const prompt of ['hello', ['hello']])
    expect(readCompletionRequest({ prompt, model: 'm', max_tokens: 3, stream: true })).toMatchObject({
      ...{ model: 'm', isStream: true, includesUsage: false },
      call: { prompt: 'hello', maxOutputTokens: 3 },
    });
});

const bad: [string, object, string][] = [
  ['no prompt', {}, 'prompt'],
  ['two prompts', { prompt: ['a', 'b'] }, 'prompt'],
  ['tokens', { prompt: [1, 2] }, 'prompt'],
  ['lists of tokens', { prompt: [[1, 2]] }, 'prompt'],
  ['an object', { prompt: {} }, 'prompt'],
  ['the best of two', { prompt: 'x', best_of: 2 }, 'best_of'],
  ['an echo', { prompt: 'x', echo: true }, 'echo'],
  ['a suffix', { prompt: 'x', suffix: 'end' }, 'suffix'],
  ['log probabilities', { prompt: 'x', logprobs: 5 }, 'logprobs'],
  ['tools', { prompt: 'x', tools: [] }, 'tools'],
  ['messages', { messages: [] }, 'messages'],
];
for (const [name, body, param] of bad)
  it(`${name} is refused`, () => {
    expect(() => readCompletionRequest(body)).toThrow(
      expect.objectContaining({ code: 'rejected', details: expect.objectContaining({ param }) }),
    );
  });

it('what asks for nothing is taken', () => {
  const neutral = { best_of: 1, echo: false, suffix: '', logprobs: null, n: 1, metadata: {} };
  expect(readCompletionRequest({ prompt: 'x', ...neutral })).toEqual(readCompletionRequest({ prompt: 'x' }));
});
