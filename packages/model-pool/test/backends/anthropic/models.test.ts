import { expect, it } from 'vitest';
import { modelFacts } from '../../../src/backends/anthropic/models.js';

const expected: readonly [model: string, thinking: string, thinkingOff: string, takesForcedTools: boolean][] = [
  ['claude-3-7-sonnet-latest', 'budget', 'omit', true],
  ['claude-opus-4-20250514', 'budget', 'omit', true],
  ['claude-opus-4-1-20250805', 'budget', 'omit', true],
  ['claude-haiku-4-5-20251001', 'budget', 'omit', true],
  ['claude-sonnet-4-5', 'budget', 'omit', true],
  ['claude-sonnet-4-6', 'adaptive', 'omit', true],
  ['claude-opus-4-8', 'adaptive', 'omit', true],
  ['claude-opus-5', 'adaptive', 'disabled', true],
  ['claude-sonnet-5', 'adaptive', 'disabled', true],
  ['claude-fable-5', 'adaptive', 'never', true],
  ['claude-fable-5-2', 'adaptive', 'never', false],
  ['claude-mythos-5-1', 'adaptive', 'never', false],
  ['claude-opus-5-5', 'adaptive', 'never', false],
  ['claude-sonnet-5-5', 'adaptive', 'between-tools', false],
  ['claude-haiku-5-5', 'adaptive', 'disabled', true],
  ['anthropic.claude-haiku-5-5-v1:0', 'adaptive', 'disabled', true],
  ['claude-opus-7', 'adaptive', 'never', false],
  ['claude-mythos-preview', 'adaptive', 'never', false],
  ['something-else', 'adaptive', 'never', false],
];

it.each(expected)('%s thinks by %s, is told not to by %s, and can be made to call a tool: %s', (model, ...rest) => {
  const { thinking, thinkingOff, takesForcedTools } = modelFacts(model);
  expect([thinking, thinkingOff, takesForcedTools]).toEqual(rest);
});

it('an answer is never longer than what the model can write', () => {
  const limits = ['claude-opus-4-1', 'claude-haiku-4-5', 'claude-sonnet-4-6', 'claude-opus-5-5', 'unknown'];
  expect(limits.map((model) => modelFacts(model).maxOutputTokens)).toEqual([32_000, 64_000, 128_000, 128_000, 64_000]);
});

it('the context of a model that nothing is known of is the smallest of all', () => {
  expect(modelFacts('claude-haiku-4-5').contextTokens).toBe(200_000);
  expect(modelFacts('claude-haiku-5-5').contextTokens).toBe(1_000_000);
  expect(modelFacts('unknown').contextTokens).toBe(200_000);
});
