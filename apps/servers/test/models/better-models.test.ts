import { builtInCatalog } from '@tale/local-engine';
import { expect, it } from 'vitest';
import { adviseBetterModels } from '../../src/models/better-models.js';

const failure = (...sources: string[]) => ({
  attempts: sources.map((source) => ({ source, code: 'pull-failed', message: 'no network', retryable: true }) as const),
});
const advise = (failed: readonly string[], fetched: readonly string[]) =>
  adviseBetterModels(builtInCatalog(), failed.length === 0 ? [] : [failure(...failed)], new Set(fetched));

it('recommends a pull whose source has just delivered', () => {
  expect(advise([], ['smollm2:135m', 'qwen2.5:0.5b'])).toBe(
    'For better answers: tale models pull qwen2.5:1.5b (1.1 GB), then tale servers restart models; or start Ollama.',
  );
});

it('recommends no pull whose source could not be reached', () => {
  const advice = advise(['huggingface'], ['smollm2:135m', 'qwen2.5-coder:0.5b']);
  expect(advice).not.toContain('models pull');
  expect(advice).toMatch(/start Ollama.*local-engine add/);
});

it.each([[[]], [['smollm2:135m']], [['qwen2.5-coder:0.5b']]])(
  'says that the source was not tried where only %j was fetched',
  (fetched) => {
    expect(advise([], fetched)).toContain('(1.1 GB), whose source (huggingface) was not tried yet, then');
  },
);
