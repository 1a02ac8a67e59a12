import { describe, expect, it } from 'vitest';
import { failureOfAnswer, readErrorAnswer } from '../../../src/backends/http/failures.js';
import { findRefusedPart, type OptionalPart } from '../../../src/backends/openai/refusals.js';
import type { CallRequest, Think } from '../../../src/index.js';

const failure = (error: unknown, status = 400) =>
  failureOfAnswer(readErrorAnswer(status, JSON.stringify({ error }), () => null, 0));

interface Asked {
  readonly think?: Think;
  readonly format?: CallRequest['format'];
  readonly refused?: readonly OptionalPart[];
}

describe('a refusal names the part of the request that can be left out', () => {
  const effort = { message: "Unsupported value: 'none'", code: 'unsupported_value', param: 'reasoning_effort' };
  const cases: [string, unknown, Asked, OptionalPart | null][] = [
    [
      'vLLM with a Mistral model',
      { message: 'chat_template is not supported for Mistral tokenizers.' },
      {},
      'chat_template_kwargs',
    ],
    ['OpenAI', { message: 'Unrecognized request argument supplied: chat_template_kwargs' }, {}, 'chat_template_kwargs'],
    ['OpenAI by a parameter', { message: 'no', param: 'chat_template_kwargs' }, {}, 'chat_template_kwargs'],
    ['the same again', { message: 'no', param: 'chat_template_kwargs' }, { refused: ['chat_template_kwargs'] }, null],
    ['an effort of none', effort, {}, 'reasoning_effort'],
    ['an effort of none for a format', effort, { think: 'high', format: 'json' }, 'reasoning_effort'],
    ['an effort that is wanted', effort, { think: 'high' }, null],
    ['LM Studio', "'response_format.type' must be 'json_schema' or 'text'", { format: 'json' }, 'json_object'],
    ['a schema', { message: 'Invalid schema', param: 'response_format' }, { format: { type: 'object' } }, null],
    [
      'the older limit',
      { message: 'use max_completion_tokens', code: 'unsupported_parameter', param: 'max_tokens' },
      {},
      'max_tokens',
    ],
    ['a limit that is too large', { message: 'max_tokens is too large', param: 'max_tokens' }, {}, null],
    ['another parameter', { message: 'reasoning_effort is fine', param: 'temperature' }, {}, null],
    ['something else', { message: 'no' }, {}, null],
  ];
  for (const [name, error, { think = false, format, refused = [] }, expected] of cases)
    it(`${name}: ${expected}`, () =>
      expect(findRefusedPart(failure(error), { think, format }, new Set(refused))).toBe(expected));

  it('a failure that is no refusal names nothing', () => {
    const asked = { think: false, format: undefined };
    const refused = new Set<OptionalPart>();
    expect(findRefusedPart(failure({ message: 'chat_template' }, 500), asked, refused)).toBeNull();
    expect(findRefusedPart(failure({ message: 'chat_template' }, 401), asked, refused)).toBeNull();
    expect(findRefusedPart(new Error('chat_template'), asked, refused)).toBeNull();
    expect(
      findRefusedPart(failure({ message: 'chat_template', code: 'context_length_exceeded' }), asked, refused),
    ).toBeNull();
  });
});
